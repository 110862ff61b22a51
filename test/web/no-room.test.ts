import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { openBrowser, phone, type TestBrowser } from './browser.ts';
import { faults, misfits } from './inspect.ts';
import { gone, reads, see } from './look.ts';

let browser: TestBrowser;
let stack: Stack | undefined;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await stack?.dispose();
});

test('who waits for room is told so, on the page of the machine and in the session', async () => {
  stack = await openStack({ DECKHAND_SANDBOXES_MAX: '1' });
  const hold = gate();
  stack.model.script('first', [{ calls: [bash('true')] }, { say: ['Held', hold.wait] }]);
  stack.model.script('second', [{ calls: [bash('true')] }, done()]);
  const first = await stack.ask('First #first');
  await first.event('tool.finished');
  const second = await stack.ask('Second #second');
  const page = await browser.signedIn(stack.server, '/machine', { viewport: phone, dark: true });
  await reads(page, 'waiting', '1 session waits for room.');
  await reads(page, 'machine-use', 'Sandboxes1 of 1');
  await reads(page, 'repo', 'No image yet');
  expect([...(await faults(page)), ...(await misfits(page))]).toEqual([]);
  const session = await browser.signedIn(stack.server, `/sessions/${second.sessionId}`);
  await reads(session, '[data-kind=sandbox]', /^No room for another sandbox yet: place 1 in line\.$/);
  await reads(session, 'sandbox-state', 'place 1 in line');
  hold.open();
  await second.finished();
  await reads(session, '[data-kind=sandbox]', /^Sandbox ready in .* s, from the base image$/);
  await reads(page, 'waiting', /^$/);
  await browser.settle();
  await stack.dispose();
  stack = undefined;
});

test('without an engine the page says so', async () => {
  stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  const page = await browser.signedIn(stack.server, '/machine');
  await reads(page, 'no-engine', 'Docker is not ready');
  await see(page, 'repo');
  await gone(page, 'machine-use');
  expect(await faults(page)).toEqual([]);
  await browser.settle();
});
