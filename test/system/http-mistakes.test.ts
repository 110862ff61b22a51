import { request } from 'node:http';
import { type ErrorCode, errorTable, limits } from '@deckhand/shared';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Ask, errorOf, raw } from '../support/http.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let sessionId = '';
beforeAll(async () => {
  stack = await openStack();
  const session = await stack.ask('Hello');
  await session.finished();
  ({ sessionId } = session);
});
afterAll(() => stack.dispose());

const json = (body: unknown): Ask => ({ method: 'POST', body: JSON.stringify(body) });
const prompt = (more: object) => json({ requestId: crypto.randomUUID(), text: 'Hello', ...more });

describe('over HTTP each mistake has its code, its status and a sentence that says what to do', () => {
  const cases: [string, () => [string, Ask?], ErrorCode, RegExp][] = [
    [
      'an unknown repository',
      () => ['/sessions', json({ requestId: 'a', repo: 'nope', prompt: 'x' })],
      'repo_unknown',
      /Known: sample/,
    ],
    [
      'a prompt that is too long',
      () => [`/sessions/${sessionId}/prompts`, prompt({ text: 'x'.repeat(limits.promptChars + 1) })],
      'too_large',
      /64000/,
    ],
    [
      'a body that is too large',
      () => ['/sessions', json({ requestId: 'b', prompt: 'x'.repeat(limits.httpBodyBytes) })],
      'too_large',
      /too large/,
    ],
    [
      'an empty prompt',
      () => [`/sessions/${sessionId}/prompts`, prompt({ text: '  \n' })],
      'bad_request',
      /needs some text/,
    ],
    [
      'a missing requestId',
      () => [`/sessions/${sessionId}/prompts`, json({ text: 'x' })],
      'bad_request',
      /requestId/,
    ],
    ['an unknown session', () => ['/sessions/ses_doesNotExist', {}], 'not_found', /ses_doesNotExist/],
    [
      'a prompt to an unknown session',
      () => ['/sessions/ses_doesNotExist/prompts', prompt({})],
      'not_found',
      /ses_doesNotExist/,
    ],
    ['something that is no session id', () => ['/sessions/..%2f..%2fetc', {}], 'bad_request', /sessionId/],
    [
      'an unknown attachment',
      () => [`/sessions/${sessionId}/prompts`, prompt({ attachments: ['att_doesNotExist'] })],
      'not_found',
      /Upload it first/,
    ],
    [
      'too many attachments',
      () => [`/sessions/${sessionId}/prompts`, prompt({ attachments: Array(9).fill('att_doesNotExist') })],
      'bad_request',
      /at most 8/,
    ],
    [
      'an attachment of the wrong kind',
      () => [
        '/attachments?name=a.zip',
        {
          method: 'POST',
          body: 'PK\u0003\u0004\u0014\0\0\0',
          headers: { 'content-type': 'application/zip' },
        },
      ],
      'bad_request',
      /image .*PDF or text/,
    ],
    [
      'an attachment that is too big',
      () => [
        '/attachments?name=a.txt',
        {
          method: 'POST',
          body: Buffer.alloc(limits.attachmentBytes + 1),
          headers: { 'content-type': 'text/plain' },
        },
      ],
      'too_large',
      /10 MiB/,
    ],
    [
      'an empty attachment',
      () => ['/attachments', { method: 'POST', body: '', headers: { 'content-type': 'text/plain' } }],
      'bad_request',
      /empty/,
    ],
    [
      'malformed JSON',
      () => ['/sessions', { method: 'POST', body: '{"requestId": ' }],
      'bad_request',
      /valid JSON/,
    ],
    [
      'a body that is no object',
      () => ['/sessions', { method: 'POST', body: '[1]' }],
      'bad_request',
      /JSON object/,
    ],
    ['a wrong token', () => ['/me', { token: 'wrong-token-wrong-token' }], 'unauthorized', /Sign in/],
    ['no token', () => ['/me', { token: null }], 'unauthorized', /Sign in/],
    [
      'a cursor past the end',
      () => [`/sessions/${sessionId}/events?after=100000`, {}],
      'cursor_ahead',
      /Reload/,
    ],
    [
      'a stream from past the end',
      () => [
        `/sessions/${sessionId}/events`,
        { headers: { accept: 'text/event-stream', 'last-event-id': '100000' } },
      ],
      'cursor_ahead',
      /Reload/,
    ],
    [
      'a cursor that is no number',
      () => [`/sessions/${sessionId}/events?after=soon`, {}],
      'bad_request',
      /after/,
    ],
    [
      'a stop where nothing runs',
      () => [`/sessions/${sessionId}/stop`, json({})],
      'turn_over',
      /Nothing runs/,
    ],
    [
      'a prompt that does not wait',
      () => [`/sessions/${sessionId}/prompts/prm_doesNotExist`, { method: 'DELETE' }],
      'not_found',
      /does not wait/,
    ],
    ['an unknown endpoint', () => ['/nothing/here', {}], 'not_found', /no such endpoint/],
    [
      'an unknown artifact',
      () => [`/sessions/${sessionId}/artifacts/art_doesNotExist`, {}],
      'not_found',
      /artifact/,
    ],
    [
      'a host that is not ours',
      () => ['/me', { headers: { host: 'evil.example:80' } }],
      'bad_request',
      /not called evil/,
    ],
  ];
  test.each(cases)('%s', async (_, ask, code, sentence) => {
    const [path, request] = ask();
    const answer = await raw(stack.server, `/api${path}`, request);
    const error = errorOf(answer);
    expect(error).toEqual({
      code,
      message: expect.stringMatching(sentence),
      retryable: errorTable[code].retryable,
    });
    expect(answer.status).toBe(errorTable[code].status);
  });
});

test('what is malformed is no fault of the server at any door', async () => {
  const malformed: [string, Ask][] = [
    ['/api/me', { token: null, headers: { cookie: 'deckhand=%E0%A4%A' } }],
    ['/api/me', { token: null, headers: { cookie: '=;;deckhand=%;deckhand' } }],
    ['/api/me', { headers: { cookie: 'deckhand=%E0%A4%A' } }],
    [
      '/auth/github/callback?code=a&state=b',
      { token: null, headers: { cookie: 'deckhand_sign_in=%E0%A4%A' } },
    ],
    ['/auth/github?next=%E0%A4%A', { token: null }],
    ['/auth/sign-out', { method: 'POST', token: null, headers: { cookie: 'deckhand=%E0%A4%A' } }],
    ['/sign-in?token=%E0%A4%A', { token: null }],
    ['/sign-in?token=a&token=b', { token: null }],
    ['/setup/github', { token: null, headers: { cookie: 'deckhand=%E0%A4%A' } }],
    ['/link?token[]=a', { token: null }],
    ['/extension/sign-in?extension[a]=b', { token: null }],
    ['/extension/%E0%A4%A', {}],
    ['/assets/%E0%A4%A', {}],
    ['/%E0%A4%A', {}],
    ['/api/sessions/%E0%A4%A', {}],
    ['/api/sessions/%00/events', {}],
    [`/api/sessions/${sessionId}/events?after=1&after=2`, {}],
    [`/api/sessions/${sessionId}/events?after[$gt]=1`, {}],
    [
      `/api/sessions/${sessionId}/events`,
      { headers: { accept: 'text/event-stream', 'last-event-id': '-1e9' } },
    ],
    [
      `/api/sessions/${sessionId}/events`,
      { headers: { accept: 'text/event-stream', 'last-event-id': '1, 2' } },
    ],
    [`/api/sessions/${sessionId}/artifacts/%E0%A4%A`, {}],
    [`/api/sessions/${sessionId}/screenshots?name[]=a`, { method: 'POST', body: 'x' }],
    ['/api/attachments?name[]=a&name[]=b', { method: 'POST', body: '' }],
    ['/api/stats.csv?table[]=x&from[]=1', {}],
    ['/api/me', { headers: { authorization: 'Bearer ' } }],
    ['/api/me', { headers: { host: '[::1' } }],
    ['/api/webhooks/github', { method: 'POST', body: '{}', headers: { 'x-hub-signature-256': 'sha256=zz' } }],
    ['/socket.io/?EIO=x&transport[]=polling', {}],
    ['/socket.io/?EIO=4&transport=polling&sid=%E0%A4%A', {}],
    ['/', { headers: { host: `${'0'.repeat(32)}.localhost`, cookie: 'deckhand_preview=%E0%A4%A' } }],
    ['//[', { headers: { host: `${'0'.repeat(32)}.localhost` } }],
  ];
  const answered = await Promise.all(
    malformed.map(async ([path, ask]) => [path, (await raw(stack.server, path, ask)).status] as const),
  );
  expect(answered.filter(([, status]) => status >= 500)).toEqual([]);
  expect(stack.server.log()).not.toMatch(/a request failed|a preview failed|a command failed/);
});

test('who is not signed in and says that much is coming is refused before it comes, at every door', async () => {
  const doors: [string, string][] = [
    ['/api/sessions', 'application/json'],
    ['/api/attachments', 'text/plain'],
    ['/api/sessions/ses_x/screenshots', 'image/png'],
    ['/api/webhooks/github', 'application/json'],
    ['/api/extension/errors', 'application/json'],
    ['/api/extension/token', 'application/json'],
    ['/api/extension/refresh', 'application/json'],
    ['/api/extension/sign-out', 'application/json'],
    ['/extension/sign-in', 'application/x-www-form-urlencoded'],
    ['/link', 'application/x-www-form-urlencoded'],
    ['/slack/events', 'application/json'],
  ];
  const refused = await Promise.all(
    doors.map(
      ([path, type]) =>
        new Promise<string>((resolve, reject) => {
          const headers = { 'content-type': type, 'content-length': String(5 * 1024) };
          const asked = request(new URL(path, stack.server.url), { method: 'POST', headers, agent: false });
          asked.once('response', ({ statusCode }) => {
            asked.destroy();
            resolve(`${path} ${(statusCode ?? 0) >= 400 && (statusCode ?? 0) < 500}`);
          });
          asked.once('error', reject);
          asked.flushHeaders();
        }),
    ),
  );
  expect(refused).toEqual(doors.map(([path]) => `${path} true`));
}, 10_000);
