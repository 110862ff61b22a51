import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { type House, openHouse } from '../support/house.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { process as processOf } from '../support/sandbox.ts';

let relay: Relay;
let house: House;
beforeAll(async () => {
  relay = await startRelay('/var/run/docker.sock');
  house = await openHouse({ DOCKER_HOST: `unix://${relay.path}` });
});
afterAll(async () => {
  relay?.mend();
  await house?.dispose();
  await relay?.close();
});

test('Docker away for a moment in mid-command: the command is joined again and ran once', async () => {
  house.model.script('moment', [{ calls: [bash('echo ran >> ran.txt; sleep 3.21; cat ran.txt')] }, done()]);
  const session = await house.ask('Run it #moment');
  await processOf(session.sessionId, 'sleep 3.21', 'runs');
  relay.cut();
  await new Promise(resolve => setTimeout(resolve, 500));
  relay.mend();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('tool.finished').map(event => event.data.output.trim())).toEqual(['ran']);
});

test('Docker gone for good: the turn ends with engine_down and says what to do; when it is back, work goes on', async () => {
  house.model.script('gone', [
    { calls: [bash('echo one > one.txt')] },
    { calls: [bash('sleep 600.1')] },
    done(),
  ]);
  house.model.script('back', [{ calls: [bash('cat one.txt')] }, done()]);
  const session = await house.ask('Run it #gone');
  await processOf(session.sessionId, 'sleep 600.1', 'runs');
  relay.cut();
  const { outcome, error } = (await session.finished()).data;
  expect({ outcome, code: error?.code }).toEqual({ outcome: 'failed', code: 'engine_down' });
  expect(error?.message).toMatch(/Docker/);
  relay.mend();
  await house.send(session.sessionId, 'Go on #back');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').at(-1)?.data).toMatchObject({ ok: true, output: 'one\n' });
  checkLog(await readLog(house.client, session.sessionId));
}, 120_000);
