import { openHands } from './channel/open-hands.ts';
import { execBare, figures, removeBare, startBare, timed } from './engine-figures.ts';
import { newCallId, openTestHouse, testSpec } from './test-house.ts';

/** Measures a sandbox of the base image and its tools beside the bare engine; prints JSON. Run by `npm run bench`. */
const rounds = 12;
const calls = 300;

const house = await openTestHouse();
try {
  const { docker, driver } = house;
  const { all, note, time } = figures();
  const first = await house.sandbox();
  const { Config } = await first.container.inspect();
  for (let round = 0; round < rounds; round++) {
    const bare = await time('bareStart', () => startBare(docker, Config.Image));
    await removeBare(bare);
    const spec = testSpec({});
    await time('ourStart', async () => {
      const made = await driver.create(spec);
      if (!made.ok) throw new Error(made.message);
      const opened = await openHands({ driver, sandboxId: spec.id, fence: 1 });
      if (!opened.ok) throw new Error(opened.message);
      opened.hands.close();
    });
    await driver.remove(spec.id);
  }
  for (let round = 0; round < rounds; round++)
    note('bareExec', await execBare(first.container, ['cat', '/etc/hostname']));

  const { hands } = first;
  await hands.put('/work/repo/file.txt', Buffer.from('line\n'.repeat(100)));
  const call = (tool: 'read' | 'bash', input: object) =>
    timed(() => hands.call({ callId: newCallId(), tool, input }));
  for (let round = 0; round < calls; round++) note('read', await call('read', { path: 'file.txt' }));
  for (let round = 0; round < 50; round++) note('shell', await call('bash', { command: 'echo hi' }));
  process.stdout.write(JSON.stringify(all));
} finally {
  await house.close();
}
