import type Docker from 'dockerode';

/** Milliseconds of what was measured, by name. */
export type Figures = Record<string, number[]>;

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Figures as they come, and how to take them. */
export function figures() {
  const all: Figures = {};
  const note = (name: string, ms: number) => {
    all[name] = [...(all[name] ?? []), ms];
  };
  return {
    all,
    note,
    time: async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const startedMs = performance.now();
      const done = await work();
      note(name, performance.now() - startedMs);
      return done;
    },
  };
}

/** When the engine was last asked to start a container, and when it had. Sees what goes through this client alone. */
export function watchStarts(docker: Docker): { askedMs: number; doneMs: number } {
  const last = { askedMs: 0, doneMs: 0 };
  const getContainer = docker.getContainer.bind(docker);
  docker.getContainer = id => {
    const container = getContainer(id);
    const start = container.start.bind(container) as (options?: object) => Promise<unknown>;
    container.start = async (options?: object) => {
      last.askedMs = performance.now();
      await start(options);
      last.doneMs = performance.now();
    };
    return container;
  };
  return last;
}

/** A bare container without a network, which is all that the engine itself takes its time for. */
export async function startBare(docker: Docker, image: string): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sleep', '600'],
    HostConfig: { NetworkMode: 'none' },
  });
  await container.start();
  return container;
}

/** Ended at once: nobody waits for a grace period. */
export const removeBare = (container: Docker.Container) => container.remove({ force: true, v: true });

/** 200 MB in 20,000 small files at `directory`, as a `node_modules` is; for `python3 -c`. */
export const smallFiles = (directory: string) => `import os
for d in range(200):
  os.makedirs(f"${directory}/{d}")
  for i in range(100):
    with open(f"${directory}/{d}/{i}", "wb") as f: f.write(os.urandom(10000))`;

/** What a command in a bare container takes until it ended. */
export async function execBare(
  container: Docker.Container,
  argv: string[],
  options: { user?: string } = {},
): Promise<number> {
  return timed(async () => {
    const exec = await container.exec({
      Cmd: argv,
      AttachStdout: true,
      ...(options.user ? { User: options.user } : {}),
    });
    const stream = await exec.start({});
    await new Promise(resolve => stream.on('end', resolve).resume());
  });
}
