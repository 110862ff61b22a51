import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import Docker from 'dockerode';
import { watchBuild } from './buildWatch.ts';
import { contextOf } from './rootContext.ts';
import { engineBuild } from './runBuild.ts';

/** What builders of engines say, a line each; only what differs from a real engine is played. */
const saying = (lines: readonly string[]): Docker => {
  const engine: Docker = Object.create(new Docker());
  engine.buildImage = async () =>
    Readable.from(
      lines.map(line =>
        Buffer.from(`${line.startsWith('{') ? line : JSON.stringify({ stream: `${line}\n` })}\n`),
      ),
    );
  return engine;
};
const aux = JSON.stringify({ aux: { ID: 'sha256:abc' } });

async function build(lines: readonly string[]) {
  const steps: string[] = [];
  const signal = new AbortController().signal;
  const done = await engineBuild(
    saying(lines),
    { context: contextOf('FROM x'), what: 'Dockerfile' },
    { onLog: () => {}, onStep: id => steps.push(id), signal },
  );
  return { done, steps };
}

test('the container of each step is told before it runs; steps out of the cache run nowhere', async () => {
  const { done, steps } = await build([
    'Step 1/4 : FROM x',
    ' ---> 0123456789ab',
    'Step 2/4 : RUN true',
    ' ---> Running in aaaaaaaaaaaa',
    'Step 3/4 : RUN true',
    ' ---> Using cache',
    'Step 4/4 : RUN echo " ---> Running in bbbbbbbbbbbb"',
    ' ---> Running in cccccccccccc',
    aux,
  ]);
  expect(done).toEqual({ ok: true, id: 'sha256:abc' });
  expect(steps).toEqual(['aaaaaaaaaaaa', 'cccccccccccc']);
});

test.each([
  ['Podman', ['STEP 1/2: FROM x', 'STEP 2/2: RUN true', 'COMMIT', aux]],
  ['a builder that says nothing', ['Step 1/2 : FROM x', 'Step 2/2 : RUN true', aux]],
  [
    'one that goes on',
    ['Step 1/3 : FROM x', 'Step 2/3 : RUN a', 'Step 3/3 : RUN b', ' ---> Running in aaaaaaaaaaaa', aux],
  ],
])('%s, which does not say where steps run, is refused with a sentence', async (_, lines) => {
  const { done } = await build(lines);
  expect(done).toMatchObject({
    ok: false,
    code: 'bad_request',
    message: expect.stringMatching(/could not be limited/),
  });
});

/** An engine that runs one step and limits nothing, or shows nothing. */
const broken = (more: {
  update?: () => Promise<void>;
  list?: () => Promise<never[]>;
  status?: string;
}): Docker => {
  const engine: Docker = Object.create(new Docker());
  engine.listContainers = more.list ?? (async () => []);
  engine.getContainer = (id: string) => {
    const container: Docker.Container = Object.create(new Docker().getContainer(id));
    container.update = more.update ?? (async () => {});
    container.inspect = async () =>
      ({ State: { Status: more.status ?? 'running' } }) as Docker.ContainerInspectInfo;
    return container;
  };
  return engine;
};
const ended = (watch: ReturnType<typeof watchBuild>) =>
  new Promise<string>(resolve => {
    watch.signal.addEventListener('abort', () => resolve((watch.signal.reason as Error).message));
  });
const limits = { networkMode: 'container:x', pids: 10, diskBytes: 1 };

test('a step whose processes the engine will not limit ends the build', async () => {
  const refuse = async () => {
    throw Object.assign(new Error('pids cgroup is not mounted'), { statusCode: 500 });
  };
  const watch = watchBuild(broken({ update: refuse }), limits);
  const why = ended(watch);
  watch.step('aaaaaaaaaaaa');
  expect(await why).toMatch(/processes cannot be limited on this engine \(pids cgroup is not mounted\)/);
  await watch.close();
});

test('a step that is over before it could be limited ends nothing', async () => {
  for (const [statusCode, status] of [
    [404, 'running'],
    [500, 'exited'],
    [500, 'dead'],
  ] as const) {
    const gone = async () => {
      throw Object.assign(new Error('cannot update a stopped container'), { statusCode });
    };
    const watch = watchBuild(broken({ update: gone, status }), limits);
    watch.step('aaaaaaaaaaaa');
    await watch.close();
    expect(watch.signal.aborted).toBe(false);
  }
});

test('a container that is about to start is limited once it can be', async () => {
  let asked = 0;
  const { promise: limited, resolve } = Promise.withResolvers<void>();
  const notYet = async () => {
    asked += 1;
    if (asked === 3) return resolve();
    throw Object.assign(new Error('cannot update a stopped container'), { statusCode: 500 });
  };
  const watch = watchBuild(broken({ update: notYet, status: 'created' }), limits);
  watch.step('aaaaaaaaaaaa');
  await limited;
  await watch.close();
  expect(watch.signal.aborted).toBe(false);
});

test('an engine that stops saying what steps write ends the build', async () => {
  const refuse = async () => {
    throw new Error('no list');
  };
  const watch = watchBuild(broken({ list: refuse }), limits);
  expect(await ended(watch)).toMatch(/could not be looked after/);
  await watch.close();
});
