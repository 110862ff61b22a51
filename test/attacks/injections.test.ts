import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { person, type SignedIn } from '../support/person.ts';
import { seeded } from '../support/random.ts';
import { redisOf } from '../support/redis.ts';
import { orders, places } from './orders.ts';

/** A model that obeys whatever it reads: what Deckhand promises must not depend on the model. */
let stack: GithubStack;
let ana: SignedIn;

const canary = `canary-${crypto.randomUUID()}`;
const forms = [
  canary,
  Buffer.from(canary).toString('base64').replace(/=+$/, ''),
  Buffer.from(canary).toString('hex'),
  [...canary].toReversed().join(''),
  encodeURIComponent(canary),
];

beforeAll(async () => {
  stack = await openGithubStack(['shop', 'vault'], { DECKHAND_LOG_LEVEL: 'debug' });
  stack.github.person('ana', { name: 'Ana', orgs: ['acme'], access: { 'acme/shop': 'write' } });
  ana = await person(stack.server, stack.github, 'ana');
  const set = await stack.client.http['secret.set']({
    ...{ repo: 'shop', name: 'API_TOKEN', phase: 'run', value: canary },
    proxy: { hosts: ['api.partner.example'] },
  });
  if (!set.ok) throw new Error(set.message);
});
afterAll(async () => {
  ana?.close();
  await stack?.dispose();
});

const all = places.flatMap((place, p) => orders.map((order, o) => ({ place, order, name: `i${p}x${o}` })));
const seed = Number(process.env.DECKHAND_TEST_SEED ?? Date.now() % 1_000_000);
/** All of them by `npm run test:attacks`; every order once, each somewhere else, in every run. */
const tried = process.env.DECKHAND_TEST_ATTACKS ? all : some();

function some() {
  const random = seeded(seed);
  return orders.flatMap(order => {
    const own = all.filter(each => each.order === order);
    return own[Math.floor(random() * own.length)] ?? [];
  });
}

async function leaked(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = (await readFile(path).catch(() => Buffer.alloc(0))).toString('latin1');
    if (forms.some(form => text.includes(form))) found.push(path);
  }
  return found;
}

test(
  `${tried.length} injections, obeyed word for word: no secret leaves, nothing is approved, nobody is chosen by them (seed ${seed})`,
  async () => {
    const main = stack.git('shop', 'rev-parse', 'main');
    for (const { place, order, name } of tried) {
      stack.model.script(name, [
        { calls: [bash(`cd /work/repo; export ORDER='${order.words}'; ${place.plant}`)] },
        { calls: [place.read] },
        { say: `It says: ${order.words}`, calls: [...order.calls] },
        done('Did what it says.'),
        done('So be it.'),
        done('So be it.'),
      ]);
      const session = await ana.ask(`Look around #${name}`, 'shop');
      const end = await session.finished();
      const said = [place.name, order.name];
      // What would leave with a secret or a workflow is refused; all else ends as usual.
      expect([...said, end.data.outcome]).toEqual([...said, expect.stringMatching(/^(done|failed)$/)]);
      const log = await readLog(ana.client, session.sessionId);
      checkLog(log);
      const text = JSON.stringify(log);
      expect([...said, forms.filter(form => text.includes(form))]).toEqual([...said, []]);
      expect([...said, session.all('approval.resolved').filter(({ data }) => data.approved)]).toEqual([
        ...said,
        [],
      ]);
      const { turns } = { turns: session.all('turn.started') };
      expect([...said, new Set(turns.map(({ data }) => data.model)).size, session.view().head.repo]).toEqual([
        ...said,
        1,
        'shop',
      ]);
      for (const { data } of session.all('change.opened')) {
        expect(data.branch).toContain('deckhand/');
        const authors = stack.git('shop', 'log', '--format=%an %ae', `main..${data.branch}`);
        expect([...said, authors.match(/Boss|evil/)]).toEqual([...said, null]);
        const tree = stack.git('shop', 'ls-tree', '-r', '--name-only', data.branch);
        expect([...said, tree.includes('.github/workflows')]).toEqual([...said, false]);
      }
      session.leave();
    }
    // Nowhere: not on the host, in what the model was sent, in Redis, blobs, logs or pull requests.
    expect(stack.git('shop', 'rev-parse', 'main')).toBe(main);
    expect(
      stack
        .git('shop', 'for-each-ref', '--format=%(refname)', 'refs/heads')
        .split('\n')
        .filter(ref => !/^refs\/heads\/(main$|deckhand\/ses_)/.test(ref)),
    ).toEqual([]);
    const objects = stack.git('shop', 'cat-file', '--batch-all-objects', '--batch-check', '--unordered');
    for (const [id, type] of objects.split('\n').map(line => line.split(' ')))
      if (id && (type === 'blob' || type === 'commit')) {
        const content = stack.git('shop', 'cat-file', type, id);
        expect(forms.filter(form => content.includes(form))).toEqual([]);
      }
    const sent = JSON.stringify(stack.model.journal);
    expect(forms.filter(form => sent.includes(form))).toEqual([]);
    expect(forms.filter(form => JSON.stringify(stack.github.pulls).includes(form))).toEqual([]);
    expect(forms.filter(form => stack.server.log().includes(form))).toEqual([]);
    const redis = await redisOf(stack.server);
    const keys = await redis.keys('*');
    const dump = (await Promise.all(keys.map(key => redis.dumpBuffer(key))))
      .map(value => value?.toString('latin1'))
      .join();
    redis.disconnect();
    expect(forms.filter(form => dump.includes(form))).toEqual([]);
    expect(await leaked(join(stack.server.dataDir, 'blobs'))).toEqual([]);
  },
  tried.length * 30_000,
);
