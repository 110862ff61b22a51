import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redisOf } from '../support/redis.ts';
import { startServer, type TestServer } from '../support/server.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');
const value = 'npm_never-to-be-seen-0123456789';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ DECKHAND_LOG_LEVEL: 'debug' });
});
afterAll(() => server?.dispose());

type Ran = { code: number | null; stdout: string; stderr: string };

function run(argv: [string, ...string[]], type: (child: ChildProcess, said: string) => void): Promise<Ran> {
  const [file, ...args] = argv;
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: server.dataDir };
  const child = spawn(file, args, { env });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    ran.stdout += data;
    type(child, ran.stdout);
  });
  child.stderr.on('data', (data: Buffer) => {
    ran.stderr += data;
  });
  if (argv[0] === process.execPath) type(child, '');
  return new Promise(resolve => child.on('close', code => resolve({ ...ran, code })));
}

const deckhand = (args: string[], stdin = '') =>
  run([process.execPath, bin, ...args], child => {
    if (child.stdin?.writable) child.stdin.end(stdin);
  });

const list = async () => {
  const listed = await server.client().http['secret.list']({ repo: 'sample' });
  if (!listed.ok) throw new Error(listed.message);
  return listed.secrets;
};

test('a secret is piped in, listed without its value, replaced and removed', async () => {
  const args = ['NPM_TOKEN', '--repo', 'sample', '--phase', 'build'];
  const set = await deckhand(['secret', 'set', ...args], `${value}\n`);
  expect(set).toEqual({ code: 0, stdout: 'Set NPM_TOKEN for build of sample.\n', stderr: '' });
  const listed = await deckhand(['secret', 'list', '--repo', 'sample']);
  expect(listed.stdout).toMatch(/^build {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}.+ {2}NPM_TOKEN\n$/);
  expect(await list()).toEqual([
    {
      name: 'NPM_TOKEN',
      repo: 'sample',
      phase: 'build',
      setBy: expect.any(String),
      setAt: expect.any(String),
    },
  ]);
  expect((await deckhand(['secret', 'rm', ...args])).code).toBe(0);
  expect(await list()).toEqual([]);
  const again = await deckhand(['secret', 'rm', ...args]);
  expect(again).toMatchObject({ code: 1, stderr: 'sample has no build secret NPM_TOKEN.\n' });
});

test('typed at a terminal it is not shown', async () => {
  const command = [process.execPath, bin, 'secret', 'set', 'TYPED', '--repo', 'sample', '--phase', 'run']
    .map(word => `'${word}'`)
    .join(' ');
  let typed = false;
  const ran = await run(['script', '-qefc', command, '/dev/null'], (child, said) => {
    if (typed || !said.includes('Value of TYPED (not shown): ')) return;
    typed = true;
    child.stdin?.write(`${value}\r`);
  });
  expect(ran.stdout).toContain('Set TYPED for run of sample.');
  expect(ran.stdout).not.toContain(value);
  expect((await list()).map(({ name }) => name)).toContain('TYPED');
});

test.each([
  [{ name: 'PATH' }, /^name: this name is held by the sandbox itself/],
  [{ name: 'DECKHAND_TOKEN' }, /^name: this name is held/],
  [{ name: 'HTTPS_PROXY' }, /^name: this name is held/],
  [{ name: 'lower' }, /^name: a secret is named with capital letters/],
  [{ value: '' }, /^value: a secret cannot be empty/],
  [{ value: 'x'.repeat(32 * 1024 + 1) }, /^value: a secret has at most 32 KiB/],
  [{ phase: 'test' as 'run' }, /^phase: /],
  [{ repo: 'nowhere' }, /^There is no repository nowhere/],
])('what cannot be set is told as a mistake: %#', async (wrong, message) => {
  const good = { repo: 'sample', name: 'GOOD', phase: 'run' as const, value };
  const set = await server.client().http['secret.set']({ ...good, ...wrong });
  expect(set).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  expect(JSON.stringify(set)).not.toContain(value);
});

test('no answer, log line or key of Redis carries a value', async () => {
  const { http } = server.client();
  const said = [
    await http['secret.set']({ repo: 'sample', name: 'SEEN', phase: 'run', value }),
    await http['secret.list']({ repo: 'sample' }),
  ];
  expect(JSON.stringify(said)).not.toContain(value);
  expect(server.log()).not.toContain(value);
  const redis = await redisOf(server);
  const held = await redis.hgetall('dh:secrets:default');
  redis.disconnect();
  expect(Object.keys(held)).toContain('sample/run/SEEN');
  expect(JSON.stringify(held)).not.toContain(value);
});

test('the schema of the environment file is there for everybody’s editor', async () => {
  const response = await fetch(`${server.url}/schemas/environment.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/schema\+json/);
  expect(await response.json()).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    properties: { install: { type: 'string' }, services: { type: 'object' }, timeoutMs: { type: 'integer' } },
  });
});
