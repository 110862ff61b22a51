import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '@deckhand/shared';
import { createClient } from '@deckhand/shared/client';
import type { Piece } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { p50p95, percentile, type Row } from './figures.ts';

/** Each delta carries the time it was sent, so that a viewer knows how old it is. */
const stamp = () => `<${Date.now()}>`;
const stamps = /<(\d{13})>/g;

const deltas = (count: number, everyMs: number): Piece[] =>
  Array.from({ length: count }, () => [everyMs, stamp]).flat();

/** Sessions that stream at the same time, a viewer each: the age of each delta when its viewer has it. */
async function streaming(stack: Stack, load: { sessions: number; perSecond: number; seconds: number }) {
  const ages: number[] = [];
  const perSession: number[] = [];
  stack.model.script('relay', () => ({
    say: deltas(load.perSecond * load.seconds, 1000 / load.perSecond),
  }));
  const clients = await Promise.all(
    Array.from({ length: load.sessions }, async () => {
      const client = createClient({
        url: stack.server.url,
        token: stack.server.token,
        transports: ['websocket'],
      });
      const created = await client.http['session.create']({
        requestId: crypto.randomUUID(),
        repo: 'sample',
        prompt: 'Talk #relay',
      });
      if (!created.ok) throw new Error(created.message);
      const index = perSession.push(0) - 1;
      const ended = Promise.withResolvers<void>();
      client.follow(created.session.id, {
        onFrame: (frame: Frame) => {
          const nowMs = Date.now();
          for (const [, sentMs] of frame.text.matchAll(stamps)) {
            ages.push(nowMs - Number(sentMs));
            perSession[index] = (perSession[index] ?? 0) + 1;
          }
        },
        onEvent: event => event.type === 'turn.finished' && ended.resolve(),
      });
      return { client, ended: ended.promise };
    }),
  );
  await Promise.race([Promise.all(clients.map(({ ended }) => ended)), sleep((load.seconds + 60) * 1000)]);
  for (const { client } of clients) client.close();
  return { ages, starved: perSession.filter(count => count === 0).length };
}

export async function run(): Promise<Row[]> {
  // No engine: hundreds of sandboxes on two cores would be what is measured.
  const stack = await openStack({
    DECKHAND_TURNS_AT_ONCE: '400',
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  });
  try {
    const fifty = await streaming(stack, { sessions: 50, perSecond: 20, seconds: 8 });
    const many = await streaming(stack, { sessions: 300, perSecond: 20, seconds: 8 });
    return [
      {
        what: 'Model chunk in -> viewer has it, 50 sessions at 20 deltas/s',
        ours: p50p95(fifty.ages),
        target: 'p50 15 ms, p95 40 ms',
        met: percentile(fifty.ages, 0.5) <= 15 && percentile(fifty.ages, 0.95) <= 40,
      },
      {
        what: '300 sessions at 20 deltas/s, a viewer each',
        ours: `${p50p95(many.ages)}, ${many.starved} starved`,
        target: 'p95 250 ms, none starved',
        met: percentile(many.ages, 0.95) <= 250 && many.starved === 0,
      },
    ];
  } finally {
    await stack.dispose();
  }
}
