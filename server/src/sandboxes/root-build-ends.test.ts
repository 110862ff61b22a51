import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dockerfile } from '../../test/helpers/root-spec.ts';
import { openTestStack, type TestStack } from '../../test/helpers/sandboxStack.ts';
import type { RootSpec } from './driver.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(() => stack?.close());

const running = async () => (await stack.docker.listContainers({ all: true })).map(({ Command }) => Command);

/** A build that hangs, and the moment it does. */
function hanging(mark: string): { spec: RootSpec; hangs: Promise<void>; onLog: (text: string) => void } {
  const { promise: hangs, resolve } = Promise.withResolvers<void>();
  const spec = dockerfile(`FROM $DECKHAND_BASE\nRUN echo begun; sleep ${mark}\n`);
  return { spec, hangs, onLog: text => void (text.startsWith('begun') && resolve()) };
}

/** The engine takes a moment to kill what it runs. */
async function untilGone(mark: string): Promise<void> {
  while ((await running()).some(command => command.includes(mark)))
    await new Promise(resolve => setTimeout(resolve, 50));
}

test('a build that is stopped runs no more, and its network is gone', async () => {
  const { spec, hangs, onLog: listen } = hanging('7654.1');
  const stop = new AbortController();
  const built = stack.driver.buildRoot({ ...spec, signal: stop.signal }, listen);
  await hangs;
  stop.abort();
  expect(await built).toMatchObject({ ok: false, code: 'internal', message: 'The build was stopped.' });
  await untilGone('7654.1');
  const filters = { label: [`deckhand.house=${stack.name}`, 'deckhand.role=build'] };
  expect(await stack.docker.listContainers({ all: true, filters })).toEqual([]);
});

/** What a server does that is killed in the middle of a build. */
const doomed = (name: string) => `
import { clientFor, ensureBaseImage } from '@deckhand/sandbox/preflight';
import { dockerDriver } from './docker/driver.ts';
import { contextOf } from './docker/build/rootContext.ts';
const docker = clientFor(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock');
const baseImage = () => ensureBaseImage({ docker, say: () => {} });
const driver = dockerDriver({ docker, deployment: '${name}', egressSecret: 'x'.repeat(16), baseImage, log: () => {} });
const from = { dockerfile: 'Dockerfile', context: contextOf('FROM $DECKHAND_BASE\\nRUN echo begun; sleep 7654.3\\n') };
await driver.buildRoot({ repoId: 'r', fingerprint: 'f'.repeat(64), from, timeoutMs: 60_000 }, text => process.stdout.write(text));
`;

test('kill -9 of a server leaves nothing of its build running, and the layers go with the next look', async () => {
  const mine = await openTestStack();
  try {
    const argv = ['--no-warnings', '--input-type=module', '-e', doomed(mine.name)];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const server = spawn(process.execPath, argv, { cwd: import.meta.dirname, env });
    let said = '';
    for await (const chunk of server.stdout) {
      said += chunk;
      if (said.includes('begun\n')) break;
    }
    server.kill('SIGKILL');
    await untilGone('7654.3');
    const filters = { label: [`deckhand.house=${mine.name}`, 'deckhand.role=build'] };
    while ((await mine.docker.listContainers({ all: true, filters })).length > 0)
      await new Promise(resolve => setTimeout(resolve, 50));
    await mine.driver.reconcile(new Set(), 0, undefined, new Set());
    const images = { label: [`deckhand.house=${mine.name}`] };
    expect(await mine.docker.listImages({ filters: images })).toEqual([]);
  } finally {
    await mine.close();
  }
});

test('a build that hangs is ended when its time is over', async () => {
  const { spec, onLog: listen } = hanging('7654.2');
  const built = await stack.driver.buildRoot({ ...spec, timeoutMs: 4_000 }, listen);
  expect(built).toMatchObject({ ok: false, message: expect.stringMatching(/longer than 4 s/) });
  await untilGone('7654.2');
});
