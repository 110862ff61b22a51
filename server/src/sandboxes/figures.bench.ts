import { openHands } from './channel/open-hands.ts';
import { savedFigures, timed } from './saved-figures.ts';
import { newCallId, openTestHouse, testSpec } from './test-house.ts';

/** Measures the driver beside the bare engine, and prints the figures (ms) as JSON. Run by `npm run bench`. */
const rounds = 12;
const calls = 300;

const house = await openTestHouse();
try {
  const { docker, driver } = house;
  const first = await house.sandbox();
  const { Config } = await first.container.inspect();
  const bareStart: number[] = [];
  const ourStart: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const options = { Image: Config.Image, Cmd: ['sleep', '60'], HostConfig: { NetworkMode: 'none' } };
    let container: Awaited<ReturnType<typeof docker.createContainer>> | undefined;
    bareStart.push(
      await timed(async () => {
        container = await docker.createContainer(options);
        await container.start();
      }),
    );
    await container?.remove({ force: true });
    const spec = testSpec({});
    ourStart.push(
      await timed(async () => {
        const made = await driver.create(spec);
        if (!made.ok) throw new Error(made.message);
        const opened = await openHands({ driver, sandboxId: spec.id, fence: 1 });
        if (!opened.ok) throw new Error(opened.message);
        opened.hands.close();
      }),
    );
    await driver.remove(spec.id);
  }

  const bareExec: number[] = [];
  for (let round = 0; round < rounds; round++)
    bareExec.push(
      await timed(async () => {
        const exec = await first.container.exec({ Cmd: ['cat', '/etc/hostname'], AttachStdout: true });
        const stream = await exec.start({});
        await new Promise(resolve => stream.on('end', resolve).resume());
      }),
    );

  const { hands } = first;
  await hands.put('/work/repo/file.txt', Buffer.from('line\n'.repeat(100)));
  const call = (tool: 'read' | 'bash', input: object) =>
    timed(() => hands.call({ callId: newCallId(), tool, input }));
  const read: number[] = [];
  const shell: number[] = [];
  for (let round = 0; round < calls; round++) read.push(await call('read', { path: 'file.txt' }));
  for (let round = 0; round < 50; round++) shell.push(await call('bash', { command: 'echo hi' }));
  process.stdout.write(
    JSON.stringify({ bareStart, ourStart, bareExec, read, shell, ...(await savedFigures(house)) }),
  );
} finally {
  await house.close();
}
