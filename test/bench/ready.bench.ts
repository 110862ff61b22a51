import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { done, read } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { built, imageOf, pooled } from '../support/estate.ts';
import { createRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';
import { ms, p50p95, p50Ratio, percentile, type Row, timed } from './figures.ts';

const rounds = 5;
/** Nobody writes a prompt faster. */
const typingMs = 1_500;

type Figures = { ready: number[]; firstRead: number[]; typed: number[]; call: number[]; answered: number[] };
const nothing = (): Figures => ({ ready: [], firstRead: [], typed: [], call: [], answered: [] });

/** Through a whole server: somebody types and sends, at once or a while later, and the first step reads a file. */
async function round(stack: Stack, figures: Figures): Promise<void> {
  const type = async () => {
    const warm = await stack.client.http.warmup({ requestId: newRequestId(), repo: 'shop' });
    if (!warm.ok) throw new Error(warm.message);
    return { warmupId: warm.warmupId };
  };
  const send = async (warm: { warmupId: string }) => stack.ask('Read #read', { repo: 'shop', ...warm });
  const firstMs = performance.now();
  const warm = await type();
  figures.answered.push(performance.now() - firstMs);
  const atOnce = await send(warm);
  const isReady = () => atOnce.all('sandbox.state').some(({ data }) => data.state === 'ready');
  await atOnce.until(isReady, 'a sandbox that is ready');
  figures.ready.push(performance.now() - firstMs);
  await atOnce.event('tool.finished');
  figures.firstRead.push(performance.now() - firstMs);
  await leave(stack, atOnce);

  const typed = await type();
  await sleep(typingMs);
  const sentMs = performance.now();
  const later = await send(typed);
  const [began, ended] = [await later.event('tool.started'), await later.event('tool.finished')];
  figures.typed.push(performance.now() - sentMs);
  figures.call.push(Date.parse(ended.at) - Date.parse(began.at));
  await leave(stack, later);
}

async function leave(stack: Stack, session: Watch): Promise<void> {
  await session.finished();
  session.leave();
  await stack.client.http['session.archive']({ sessionId: session.sessionId });
}

async function baseImage(): Promise<string> {
  const tags = (await docker.listImages({ filters: { label: ['deckhand.role=base'] } }))
    .toSorted((a, b) => b.Created - a.Created)
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter(tag => !tag.includes('<none>'));
  if (!tags[0]) throw new Error('there is no base image');
  return tags[0];
}

async function bareStarts(): Promise<number[]> {
  const options = { Image: await baseImage(), Cmd: ['sleep', '60'], HostConfig: { NetworkMode: 'none' } };
  const figures: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const created: { remove: (options: object) => Promise<unknown> }[] = [];
    figures.push(
      await timed(async () => {
        const container = await docker.createContainer(options);
        created.push(container);
        await container.start();
      }),
    );
    for (const container of created) await container.remove({ force: true });
  }
  return figures;
}

/** From the first keystroke to a sandbox that is ready: out of the pool, from an image, from nothing. */
export async function run(): Promise<Row[]> {
  const sources = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`src/${n}.js`, `export default ${n};\n`]),
  );
  const repo = await createRepo('shop', { 'README.md': 'Shop\n', ...sources });
  const stack = await openStack({ DECKHAND_REPOS: repo.reposFile });
  try {
    stack.model.script('read', [{ calls: [read('README.md')] }, done()]);
    const figures = { pool: nothing(), image: nothing(), base: nothing() };
    for (let n = 0; n < rounds; n++) await round(stack, figures.base);
    await stack.client.http['repo.refresh']({ repo: 'shop' });
    await imageOf(stack.client, 'shop', built);
    for (let n = 0; n < rounds; n++) await round(stack, figures.image);
    await stack.server.stop();
    await stack.server.restart({ DECKHAND_POOL_MIN: '2', DECKHAND_POOL_MAX: '2' });
    for (let n = 0; n < rounds; n++) {
      await imageOf(stack.client, 'shop', pooled);
      await round(stack, figures.pool);
    }
    const bare = await bareStarts();
    const names = { pool: 'the pool', image: 'the image', base: 'the base image' };
    return (['pool', 'image', 'base'] as const).map((from): Row => {
      const { ready, firstRead, typed, call, answered } = figures[from];
      return {
        what: `First keystroke → sandbox ready, from ${names[from]}; the prompt is sent at once`,
        ours: p50p95(ready),
        bare: `docker create+start ${p50p95(bare)}`,
        ratio: p50Ratio(ready, bare),
        target: `ready before somebody typed for ${typingMs / 1000} s`,
        met: percentile(ready, 0.95) <= typingMs,
        parts: [
          ['the keystroke is answered', p50p95(answered)],
          ['first keystroke → first read answered', p50p95(firstRead)],
          [`prompt sent ${typingMs / 1000} s after → first read answered`, p50p95(typed)],
          ['  of that, the read itself', ms(percentile(call, 0.5))],
        ],
      };
    });
  } finally {
    await stack.dispose();
    await repo.remove();
  }
}
