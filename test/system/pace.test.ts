import { limits } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  // No sandbox is needed here.
  stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
});
afterAll(() => stack.dispose());

const warmups = (name: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      stack.client.http.warmup({
        requestId: crypto.randomUUID(),
        repo: 'nowhere',
        onBehalfOf: { provider: 'slack', id: name, name },
      }),
    ),
  );

test('a token that acts for many is not held to one pace; each of them is to their own', async () => {
  const codes = (await warmups('U1', limits.commandsPerMinutePerUser + 5)).map(
    answer => !answer.ok && answer.code,
  );
  expect(codes.filter(code => code === 'repo_unknown')).toHaveLength(limits.commandsPerMinutePerUser);
  expect(codes.filter(code => code === 'rate_limited')).toHaveLength(5);
  expect((await warmups('U2', 1)).map(answer => !answer.ok && answer.code)).toEqual(['repo_unknown']);
});
