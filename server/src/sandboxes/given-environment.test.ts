import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import { findSecrets } from './images/imageTree.ts';

let stack: TestStack;
let box: TestSandbox;
beforeAll(async () => {
  stack = await openTestStack();
  box = await stack.sandbox({ env: { FROM_CONTAINER: 'container', BOTH: 'container' } });
});
afterAll(() => stack?.close());

const path = '/run/deckhand/environment.json';
const give = (content: unknown) =>
  box.hands.put(path, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), 0o600);

async function byTool(command: string): Promise<string> {
  const done = await box.hands.call({ callId: newCallId(), tool: 'bash', input: { command } });
  if (done.status !== 'finished') throw new Error(done.status);
  return done.output.trim();
}

beforeEach(() => give({ env: {} }));
const show = 'echo "$FROM_CONTAINER $BOTH $GIVEN"';

test('every command has the variables that were given, also what is run for the server', async () => {
  expect(await give({ env: { GIVEN: 'a "quoted"\nvalue', BOTH: 'given' } })).toMatchObject({ ok: true });
  expect(await byTool(show)).toBe('container given a "quoted"\nvalue');
  expect(await sh(box.hands, show)).toBe('container given a "quoted"\nvalue');
  const run = await box.hands.run(['bash', '-c', show], { env: { BOTH: 'asked' } });
  expect(run.ok && run.stdout.toString()).toContain('container asked');
});

test('what is given later counts from the next command on', async () => {
  for (const given of ['one', 'two', 'six']) {
    await give({ env: { GIVEN: given } });
    expect(await byTool('echo $GIVEN')).toBe(given);
  }
  await sh(box.hands, `rm ${path}`);
  expect(await byTool(show)).toBe('container container');
});

test('it lies in memory, for its owner only', async () => {
  await give({ env: { GIVEN: 'x' } });
  expect(await sh(box.hands, `stat -c '%a %U' ${path}; stat -f -c %T ${path}`)).toBe('600 deckhand\ntmpfs');
});

test.each([
  ['no JSON', '{"env": {"GIVEN": "hidden-value"'],
  ['no environment', { GIVEN: 'hidden-value' }],
  ['a value that no process can have', { env: { GIVEN: 'hidden-value\0' } }],
  ['a name that no process can have', { env: { 'A=B': 'hidden-value' } }],
])('a file with %s is ignored, and the log says so without its content', async (_, content) => {
  await give(content);
  expect(await byTool(show)).toBe('container container');
  const logs = await box.container.logs({ stderr: true, stdout: true });
  expect(logs.toString()).toContain(`${path} is ignored`);
  expect(logs.toString()).not.toContain('hidden-value');
});

test('names that are Deckhand’s own cannot be given', async () => {
  await give({ env: { DECKHAND_CALL_ID: 'stolen', NODE_COMPILE_CACHE: '/x', GIVEN: 'g' } });
  expect(await byTool('echo "$DECKHAND_CALL_ID $NODE_COMPILE_CACHE $GIVEN"')).toMatch(/^call_\w+ {2}g$/);
});

test('only that one file may be put beside the disk', async () => {
  for (const other of ['/run/deckhand/fence', '/run/deckhand/../deckhand/boot', '/etc/passwd'])
    expect(await box.hands.put(other, Buffer.from('x'))).toMatchObject({ ok: false, code: 'bad_request' });
});

test('the output of a command can be read with variables of its own', async () => {
  const source = { argv: ['bash', '-c', 'echo "$OWN $PWD"'], env: { OWN: 'mine' }, cwd: '/tmp' };
  expect(await text(box.hands.get(source))).toBe('mine /tmp\n');
});

test('an image is taken only where the search for secrets came to its end and found none', async () => {
  const secrets = [{ name: 'TOKEN', value: 'value-of-a-secret', version: '1' }];
  expect(await findSecrets(box.hands, secrets)).toEqual({ ok: true });
  await sh(box.hands, 'echo "a value-of-a-secret b" > /work/left && chmod 000 /work/left');
  expect(await findSecrets(box.hands, secrets)).toMatchObject({
    ok: false,
    message: expect.stringMatching(/could not be searched for secret TOKEN: .*left: Permission denied/),
  });
  await sh(box.hands, 'chmod 600 /work/left');
  expect(await findSecrets(box.hands, secrets)).toMatchObject({
    message: expect.stringContaining('/work/left'),
  });
  // The build's own `grep` is not asked.
  await sh(
    box.hands,
    'mkdir -p /work/home/.local/bin && printf "#!/bin/sh\\nexit 1" > /work/home/.local/bin/grep && chmod +x /work/home/.local/bin/grep',
  );
  expect(await findSecrets(box.hands, secrets)).toMatchObject({ ok: false });
  await sh(box.hands, 'rm /work/left /work/home/.local/bin/grep; truncate -s 200M /work/large');
  expect(await findSecrets(box.hands, secrets, 20)).toMatchObject({
    ok: false,
    message: expect.stringContaining('more than can be searched'),
  });
});
