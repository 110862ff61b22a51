import { openHands } from '../../src/sandboxes/channel/openHands.ts';
import { newCallId, openTestStack, testSpec } from '../helpers/sandboxStack.ts';
import { execBare, figures, removeBare, startBare, timed } from './engineFigures.ts';

/** Measures a sandbox of the base image and its tools beside the bare engine; prints JSON. Run by `npm run bench`. */
const rounds = 12;
const calls = 300;

const stack = await openTestStack();
try {
  const { docker, driver } = stack;
  const { all, note, time } = figures();
  const first = await stack.sandbox();
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
  await stack.close();
}
