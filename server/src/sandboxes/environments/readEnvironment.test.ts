import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { treeOf } from '../../../test/helpers/treeOf.ts';
import { Environment } from './environment.ts';
import { environmentSchema } from './environmentFile.ts';
import { readEnvironment } from './readEnvironment.ts';

const own = '.deckhand/environment.json';
const repo = (files: Record<string, string | object>) =>
  treeOf(
    Object.fromEntries(
      Object.entries(files).map(([path, each]) => [
        path,
        typeof each === 'string' ? each : JSON.stringify(each),
      ]),
    ),
  );

async function environmentOf(files: Record<string, string | object>): Promise<Environment> {
  const read = await readEnvironment(repo(files));
  if (!read.ok) throw new Error(read.message);
  return read.environment;
}

async function mistakeOf(files: Record<string, string | object>): Promise<string> {
  const read = await readEnvironment(repo(files));
  return read.ok ? 'none' : read.message;
}

test('everything that a repository may say of itself', async () => {
  const file = {
    $schema: 'http://127.0.0.1:4000/schemas/environment.json',
    dockerfile: { path: './docker/Dev', context: 'docker/' },
    install: 'npm ci',
    build: 'npm run build',
    warm: 'npm test',
    start: 'npm run dev',
    ports: [3000, { port: 9229, name: 'inspector' }],
    env: { NODE_ENV: 'development', PATH: '/opt/bin:/usr/bin' },
    caches: ['.npm', './.cache/vite/'],
    services: { db: { install: 'i', setup: 's', start: 'postgres', ready: 'pg_isready' } },
    timeoutMs: 60_000,
  };
  expect(await environmentOf({ [own]: file, 'package-lock.json': '{}', 'go.sum': '' })).toEqual({
    source: own,
    rootfs: { kind: 'dockerfile', path: 'docker/Dev', context: 'docker' },
    install: 'npm ci',
    guesses: [],
    build: 'npm run build',
    warm: 'npm test',
    start: 'npm run dev',
    ports: [{ port: 3000 }, { port: 9229, name: 'inspector' }],
    env: { NODE_ENV: 'development', PATH: '/opt/bin:/usr/bin' },
    caches: ['.npm', '.cache/vite'],
    services: { db: { install: 'i', setup: 's', start: 'postgres', ready: 'pg_isready' } },
    lockFiles: ['package-lock.json', 'go.sum'],
    notes: [],
    missing: [],
    timeoutMs: 60_000,
  });
});

test('an image, a dockerfile by its path, and a file that says nothing', async () => {
  expect((await environmentOf({ [own]: { image: 'node:22-bookworm' } })).rootfs).toEqual({
    kind: 'image',
    image: 'node:22-bookworm',
  });
  expect((await environmentOf({ [own]: { dockerfile: 'Dockerfile' } })).rootfs).toEqual({
    kind: 'dockerfile',
    path: 'Dockerfile',
    context: '.',
  });
  const empty = await environmentOf({ [own]: '\uFEFF{}', 'package-lock.json': '{}' });
  expect(empty).toMatchObject({ rootfs: { kind: 'base' }, services: {}, ports: [] });
  expect(empty.install).toBeUndefined();
});

test.each([
  ['{', /^\.deckhand\/environment\.json is not JSON: .+/],
  [[], /^\.deckhand\/environment\.json: the file: /],
  [{ instal: 'x' }, /environment\.json: instal: this key is not known/],
  [{ install: '' }, /environment\.json: install: a command cannot be empty/],
  [{ install: 7 }, /environment\.json: install: /],
  [{ services: { db: { start: ['x'] } } }, /environment\.json: services\.db\.start: /],
  [{ services: { db: {} } }, /environment\.json: services\.db\.start: /],
  [
    { services: { db: { start: 'x', run: 'y' } } },
    /environment\.json: services\.db\.run: this key is not known/,
  ],
  [{ services: { 'My DB': { start: 'x' } } }, /environment\.json: services\.My DB: a service is named with/],
  [{ ports: [3000, 70_000] }, /environment\.json: ports\.1: a number from 1 to 65535/],
  [{ ports: [{ port: 0 }] }, /environment\.json: ports\.0\.port: /],
  [{ ports: [{ port: 1, title: 'x' }] }, /environment\.json: ports\.0\.title: this key is not known/],
  [{ env: { 'A-B': 'x' } }, /environment\.json: env\.A-B: a name has letters/],
  [{ env: { DECKHAND_URL: 'x' } }, /environment\.json: env\.DECKHAND_URL: this name is held by the sandbox/],
  [{ env: { https_proxy: 'x' } }, /environment\.json: env\.https_proxy: this name is held/],
  [{ env: { A: 7 } }, /environment\.json: env\.A: /],
  [{ caches: ['/var/cache'] }, /environment\.json: caches\.0: a directory inside the home/],
  [{ caches: ['.npm', 'a/../../b'] }, /environment\.json: caches\.1: a directory inside the home/],
  [{ caches: ['~/.npm'] }, /environment\.json: caches\.0: /],
  [{ caches: ['.'] }, /environment\.json: caches\.0: /],
  [{ dockerfile: '../Dockerfile' }, /environment\.json: dockerfile: a path inside the repository/],
  [{ dockerfile: { path: 'D', context: '/etc' } }, /environment\.json: dockerfile\.context: a path inside/],
  [{ dockerfile: { context: '.' } }, /environment\.json: dockerfile\.path: /],
  [{ image: 'a', dockerfile: 'D' }, /environment\.json: dockerfile: name an image or a dockerfile, not both/],
  [{ image: 'Not An Image' }, /environment\.json: image: not an image/],
  [{ image: 'a\nRUN evil' }, /environment\.json: image: not an image/],
  [{ timeoutMs: 5 }, /environment\.json: timeoutMs: /],
])('a mistake is told with its key: %j', async (file, message) => {
  expect(await mistakeOf({ [own]: file, 'package-lock.json': '{}' })).toMatch(message);
});

const json = fc.jsonValue({ maxDepth: 4 });
const keys = fc.constantFrom(
  ...['$schema', 'image', 'dockerfile', 'install', 'build', 'warm', 'start', 'ports', 'env', 'caches'],
  ...['services', 'timeoutMs', 'postCreateCommand', 'forwardPorts', 'containerEnv', 'remoteUser', 'features'],
  ...['context', 'dockerFile', '__proto__', 'constructor', 'toString'],
);
const commands = fc.oneof(fc.string(), json);
const likely = fc.dictionary(
  keys,
  fc.oneof(
    json,
    fc.array(fc.oneof(fc.integer(), fc.string(), json)),
    fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.dictionary(fc.constantFrom('start', 'setup'), commands)),
    ),
  ),
);
const anyFile = fc.oneof(
  json.map(value => JSON.stringify(value)),
  likely.map(value => JSON.stringify(value)),
  fc.string(),
);

test('whatever the files hold, the answer is an environment or a sentence that names file and key', async () => {
  const path = fc.constantFrom(own, '.devcontainer/devcontainer.json', '.devcontainer.json');
  await fc.assert(
    fc.asyncProperty(path, anyFile, fc.string(), async (at, text, lock) => {
      const read = await readEnvironment(repo({ [at]: text, 'package.json': text, 'pnpm-lock.yaml': lock }));
      if (read.ok) expect(Environment.parse(read.environment)).toEqual(read.environment);
      else {
        expect(read.message.startsWith(`${at} is not JSON: `) || /^\S+: .+: ./su.test(read.message)).toBe(
          true,
        );
        expect(read.message.length).toBeLessThan(1_000);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a file as large or as deep as one likes is answered too', async () => {
  const deep = '['.repeat(100_000);
  for (const path of [own, '.devcontainer.json']) {
    expect(await mistakeOf({ [path]: deep })).toContain(path);
    expect(await mistakeOf({ [path]: ' '.repeat(300_000) })).toContain(path);
  }
});

test('what is written for people is what is read: its example is good, its table has every key', async () => {
  const page = readFileSync(new URL('../../../../sandbox/ENVIRONMENT.md', import.meta.url), 'utf8');
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect((await environmentOf({ [own]: example })).services.db?.ready).toBe('pg_isready -h 127.0.0.1');
  const { properties = {} } = environmentSchema() as { properties?: object };
  const [, table = ''] = /\n## The keys\n([\s\S]*?)\n## /.exec(page) ?? [];
  const keys = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(match => match[1]);
  expect(keys).toEqual(Object.keys(properties).filter(key => key !== '$schema'));
});
