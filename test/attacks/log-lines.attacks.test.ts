import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cliOf } from '../support/cli.ts';
import { raw } from '../support/http.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_LOG_LEVEL: 'debug' });
});
afterAll(() => stack?.dispose());

const entry = '{"level":60,"msg":"forged"}';
/** Another entry, another line, the screen cleared by seven and by eight bits, words that nobody sees. */
const evil = `x\r\n${entry}\n\u2028${entry}\u001b[2J\u009b2J\u001b]0;title\u0007\u001b[8m`;
/** All that a terminal obeys, or a log takes for the end of a line; but line ends themselves. */
const obeyed = /[\p{Cc}\u2028\u2029]/u;
const linesOf = (text: string) => text.split('\n').map(line => line.replaceAll('\t', ' '));

test('names, prompts, headers, paths and words of a model make no entry of a log, and no terminal obeys them', async () => {
  const latin = 'x\u009b2J\u0085';
  for (const path of [`/api/sessions/${encodeURIComponent(evil)}`, `/${encodeURIComponent(evil)}`])
    await raw(stack.server, path, {
      headers: { 'user-agent': latin, 'x-forwarded-for': latin, origin: latin },
    });
  stack.model.script('logs', [
    { faults: Array.from({ length: 8 }, () => ({ fault: 'status', status: 400, message: evil }) as const) },
  ]);
  const session = await stack.ask(`${evil} #logs`, {
    onBehalfOf: { provider: 'test', id: evil.replaceAll(/\p{Cc}/gu, ''), name: evil },
  });
  expect((await session.finished()).data.outcome).toBe('failed');

  const cli = cliOf(stack.server);
  const { sessionId } = session;
  for (const args of [
    ['log', sessionId],
    ['sessions'],
    ['log', evil.replaceAll('\0', '')],
    ['turns', sessionId],
  ]) {
    const { stdout, stderr } = await cli(args);
    for (const line of linesOf(stdout + stderr))
      expect([args[0], line]).not.toEqual([args[0], expect.stringMatching(obeyed)]);
  }
  const told = (await cli(['log', sessionId])).stdout;
  expect(told).toContain('forged');
  expect((await cli(['sessions'])).stdout.trim().split('\n')).toHaveLength(1);

  // A server says little of what goes well; what it is told of by a page it logs as it came.
  const report = JSON.stringify({ message: evil, stack: evil, version: '1.0' });
  const reported = await raw(stack.server, '/api/extension/errors', { method: 'POST', body: report });
  expect(reported.status).toBe(204);

  const log = stack.server.log();
  expect(log).toContain('forged');
  for (const line of linesOf(log)) expect(line).not.toMatch(obeyed);
  for (const line of log.split('\n').filter(each => each.includes('forged')))
    expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
});
