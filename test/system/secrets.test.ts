import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { readLog } from '../support/invariants.ts';
import { containerOf, inside } from '../support/sandbox.ts';
import { modelKey, openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

const serviceToken = 'test-service-token-93f1c07d2b';
let stack: Stack;
let session: Watch;
let secrets: Record<string, string>;
beforeAll(async () => {
  stack = await openStack({
    DECKHAND_TOKEN: serviceToken,
    DECKHAND_LOG_LEVEL: 'debug',
    DECKHAND_MODEL_RETRIES: '1',
    GITHUB_TOKEN: 'ghp_never-to-be-seen-1234567890',
  });
  const kept = (name: string) => readFile(join(stack.server.dataDir, name), 'utf8').then(text => text.trim());
  secrets = {
    modelKey,
    serviceToken,
    github: 'ghp_never-to-be-seen-1234567890',
    cliToken: stack.server.token,
    secret: await kept('secret'),
    redis: (await stack.server.redisUrl()).trim(),
    link: new URL(stack.server.signInLink).searchParams.get('token') ?? '',
  };
  stack.model.script('look', [
    { calls: [bash('env; cat /proc/*/environ | tr "\\0" "\\n"; ls -la /work /tmp'), write('a.txt', 'a')] },
    done('Looked.'),
  ]);
  stack.model.script('fail', [
    {
      faults: [
        { fault: 'status', status: 500 },
        { fault: 'status', status: 401, message: 'Incorrect API key provided: sk-test-…-key.' },
      ],
    },
  ]);
  session = await stack.ask('Look around #look');
  await session.finished();
  await stack.send(session.sessionId, 'And fail #fail');
  await session.finished(2);
});
afterAll(() => stack.dispose());

/** Names of the secrets that a text contains. */
const found = (text: string) =>
  Object.entries(secrets).flatMap(([name, value]) =>
    value.length >= 8 && text.includes(value) ? [name] : [],
  );

test('the model got the key in its header, so the key was really in use', () => {
  expect(stack.model.askings('look')[0]?.authorization).toBe(`Bearer ${modelKey}`);
  expect(Object.values(secrets).every(value => value.length >= 8)).toBe(true);
});

test('no event, view or diff carries a secret', async () => {
  const { sessionId } = session;
  const shown = await Promise.all([
    readLog(stack.client, sessionId),
    stack.client.http['session.view']({ sessionId }),
    stack.client.http['session.diff']({ sessionId }),
    stack.client.http.me({}),
    stack.client.http.readiness({}),
  ]);
  expect(found(JSON.stringify(shown))).toEqual([]);
  expect(session.all('turn.finished')[1]?.data).toMatchObject({
    outcome: 'failed',
    error: { code: 'model_key' },
  });
});

test('the server’s log at its most talkative carries none', () => {
  expect(found(stack.server.log())).toEqual([]);
});

test('what the model is told carries none', () => {
  expect(found(JSON.stringify(stack.model.journal.map(asking => asking.messages)))).toEqual([]);
});

test('the sandbox holds none: not in any process, file, or what Docker knows of it', async () => {
  const { sessionId } = session;
  const everything = [
    'cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"',
    'find /work /tmp /run /egress /home /root /etc -type f -size -2M -exec cat {} + 2>/dev/null',
  ].join('; ');
  expect(found(await inside(sessionId, everything, '0:0'))).toEqual([]);
  const container = await containerOf(sessionId);
  const inspected = await container.inspect();
  expect(found(JSON.stringify(inspected))).toEqual([]);
  const image = await docker.getImage(inspected.Image).inspect();
  expect(found(JSON.stringify(image))).toEqual([]);
  expect(found(JSON.stringify(await docker.getImage(inspected.Image).history()))).toEqual([]);
});

test('a sandbox token of the proxy is derived, not the secret itself, and differs from sandbox to sandbox', async () => {
  stack.model.script('again', [{ calls: [bash('env')] }, done()]);
  const other = await stack.ask('Look #again');
  await other.finished();
  const proxyOf = async (id: string) => /HTTP_PROXY=(\S+)/.exec(await inside(id, 'env'))?.[1] ?? '';
  const [one, two] = await Promise.all([proxyOf(session.sessionId), proxyOf(other.sessionId)]);
  expect(one).toMatch(/^http:\/\/.+@127\.0\.0\.1:3128$/);
  expect(one).not.toBe(two);
});
