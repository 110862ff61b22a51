import { expect, test } from '@jest/globals';
import type { Bot } from '../deps.ts';
import type { SlackAnswer } from '../slack/slack.ts';
import { threadBefore } from './threadBefore.ts';

type Args = { latest?: string; limit: number; cursor?: string };
const time = (n: number) => `1700000000.${String(n).padStart(6, '0')}`;

/** Slack with one thread: pages from its beginning, the first message on each of them. */
function botWith(replies: number, { failsAt = Number.POSITIVE_INFINITY, text = 'Reply' } = {}) {
  const pages: Args[] = [];
  const root = { ts: time(0), user: 'U1', text: 'Root', files: [{ id: 'F1', name: 'log.txt' }] };
  const call = async (_method: string, args: Args): Promise<SlackAnswer> => {
    pages.push(args);
    if (pages.length > failsAt) return { ok: false, error: 'ratelimited' };
    const all = Array.from({ length: replies }, (_, n) => ({
      ts: time(n + 1),
      user: 'U1',
      text: `${text} ${n + 1}`,
    })).filter(({ ts }) => ts < (args.latest ?? '9'));
    const from = Number(args.cursor ?? 0);
    const next = from + args.limit < all.length ? String(from + args.limit) : '';
    const messages = [root, ...all.slice(from, from + args.limit)];
    return { ok: true, messages, response_metadata: { next_cursor: next } };
  };
  const self = { botUserId: 'UBOT', botId: 'B1' };
  const directory = { person: async () => ({ name: 'Ana' }) };
  return { bot: { slack: { call }, self, directory } as unknown as Bot, pages };
}

const read = async (bot: Bot, n: number) => {
  const before = await threadBefore(bot, { channel: 'C1', threadTs: time(0), ts: time(n) });
  return { ...before, lines: before.said.map(({ line }) => line) };
};

test('of a long thread its first message and the newest are taken, and how many are left out is said', async () => {
  const { bot, pages } = botWith(450);
  const { lines } = await read(bot, 450);
  expect(pages).toHaveLength(3);
  expect(lines.slice(0, 3)).toEqual(['Ana: Root', '(420 older messages left out)', 'Ana: Reply 421']);
  expect(lines.at(-1)).toBe('Ana: Reply 449');
  expect(lines).toHaveLength(31);
});

test('of long messages those are left out that a prompt has no room for, the newest last', async () => {
  const { lines } = await read(botWith(25, { text: 'y'.repeat(1_900) }).bot, 26);
  expect(lines.join('').length).toBeLessThan(32_000);
  expect(lines.slice(0, 2)).toEqual(['Ana: Root', '(10 older messages left out)']);
  expect(lines.at(-1)).toMatch(/y 25$/);
});

test('of a short thread nothing is left out, and files of its first message are known', async () => {
  const { lines, files } = await read(botWith(3).bot, 3);
  expect(lines).toEqual(['Ana: Root', 'Ana: Reply 1', 'Ana: Reply 2']);
  expect(files.map(({ id }) => id)).toEqual(['F1']);
});

test('where Slack stops handing out pages, what is missing is said', async () => {
  const { lines } = await read(botWith(450, { failsAt: 1 }).bot, 450);
  expect(lines[1]).toBe(
    '(171 older messages left out; the newest messages of this thread could not be read)',
  );
  const endless = botWith(10_000);
  expect((await read(endless.bot, 10_000)).lines[1]).toContain('could not be read');
  expect(endless.pages).toHaveLength(10);
});
