import type Docker from 'dockerode';
import { openHands } from './channel/open-hands.ts';
import type { Hands } from './hands.ts';
import { type TestHouse, testLimits, testSpec } from './test-house.ts';

const rounds = 8;
const crowd = 30;

const tree = `import os
for d in range(200):
  os.makedirs(f"/work/repo/m/{d}")
  for i in range(100):
    with open(f"/work/repo/m/{d}/{i}", "wb") as f: f.write(os.urandom(10000))`;

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** A disk of 200 MB in 20,000 small files: saved in use, started from, put to sleep, woken; then many at once. */
export async function savedFigures(house: TestHouse): Promise<Record<string, number[]>> {
  const { docker, driver } = house;
  const begun: Hands[] = [];
  const start = async (from?: string): Promise<Hands> => {
    const limits = { ...testLimits, diskBytes: 2 * 1024 ** 3 };
    const spec = testSpec({ limits, ...(from ? { disk: { from } } : {}) });
    const made = await driver.create(spec);
    if (!made.ok) throw new Error(made.message);
    const opened = await openHands({ driver, sandboxId: spec.id, fence: 1 });
    if (!opened.ok) throw new Error(opened.message);
    begun.push(opened.hands);
    return opened.hands;
  };
  const began = async (times: number[], from: string): Promise<string> => {
    times.push(await timed(() => start(from)));
    return begun.at(-1)?.sandboxId ?? '';
  };

  const first = await start();
  await first.run(['python3', '-c', tree]);
  await driver.snapshot(first.sandboxId, 'tree');
  const [snapshot, startFromDisk, sleep, resume]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < rounds; round++) {
    await first.run(['sh', '-c', `rm -rf repo/m/${round}; head -c 1M /dev/urandom > repo/${round}`]);
    snapshot.push(await timed(() => driver.snapshot(first.sandboxId, 'tree')));
    const id = await began(startFromDisk, 'tree');
    sleep.push(await timed(() => driver.sleep(id, 'asleep')));
    await driver.remove(await began(resume, 'asleep'));
  }

  const atOnce = await timed(() => Promise.all(Array.from({ length: crowd }, () => start('tree'))));
  for (const hands of begun) hands.close();
  for (const { sandboxId } of begun.splice(1)) await driver.remove(sandboxId);
  const { Config } = await docker.getContainer(`deckhand-${first.sandboxId}`).inspect();
  const bare: Docker.Container[] = [];
  const startBare = async () => {
    const options = { Image: Config.Image, Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none' } };
    const container = await docker.createContainer(options);
    bare.push(container);
    await container.start();
  };
  const bareAtOnce = await timed(() => Promise.all(Array.from({ length: crowd }, startBare)));
  for (const container of bare) await container.remove({ force: true });
  return { snapshot, startFromDisk, sleep, resume, atOnce: [atOnce], bareAtOnce: [bareAtOnce] };
}
