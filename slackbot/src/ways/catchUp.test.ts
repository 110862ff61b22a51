import { expect, test } from '@jest/globals';
import type { Bot } from '../deps.ts';
import type { LateThread } from '../server/personServer.ts';
import type { SlackAnswer } from '../slack/slack.ts';
import { catchUp } from './catchUp.ts';

type Args = { channel?: string; ts?: string; oldest?: string; limit: number; cursor?: string };
type Written = { ts: string; user: string; text: string; latest_reply?: string; thread_ts?: string };

const hoursAgo = (hours: number, n = 0) => (Date.now() / 1000 - hours * 3600 + n / 1000).toFixed(6);
const mention = (user: string, ts: string, more: object = {}) => ({ ts, user, text: '<@UBOT> fix', ...more });

/** Slack with channels, and threads by the time of their first message. Whoever it looks up has been taken. */
function botWith(
  channels: Record<string, Written[]>,
  {
    threads = {},
    closed = [],
    late = [],
  }: { threads?: Record<string, Written[]>; closed?: string[]; late?: LateThread[] } = {},
) {
  const taken: string[] = [];
  const warned: { missed: { what: string; why: string }[] }[] = [];
  const call = async (method: string, args: Args): Promise<SlackAnswer> => {
    if (args.channel && closed.includes(args.channel)) return { ok: false, error: 'not_in_channel' };
    const from = Number(args.cursor ?? 0);
    const page = (all: readonly unknown[]) => all.slice(from, from + args.limit);
    const said = (args.ts ? threads[args.ts] : channels[args.channel ?? '']) ?? [];
    const all =
      method === 'users.conversations'
        ? Object.keys(channels).map(id => ({ id }))
        : said.filter(({ ts }) => ts >= (args.oldest ?? '0')).toReversed();
    const next_cursor = from + args.limit < all.length ? String(from + args.limit) : '';
    return {
      ok: true,
      [method === 'users.conversations' ? 'channels' : 'messages']: page(all),
      response_metadata: { next_cursor },
    };
  };
  const bot = {
    slack: { call },
    self: { team: 'T1', botUserId: 'UBOT', botId: 'B1' },
    config: { policy: { channels: null, guests: true } },
    directory: {
      person: async (id: string) => {
        taken.push(id);
        return { id, name: id, team: 'T1', kind: 'bot' };
      },
    },
    lateThreads: async () => late,
    closed: new AbortController().signal,
    log: { warn: (told: (typeof warned)[number]) => warned.push(told) },
  };
  return { bot: bot as unknown as Bot, taken, warned };
}

test('mentions of the last hours are found in every channel, beyond the first page', async () => {
  const channels = Object.fromEntries(
    Array.from({ length: 250 }, (_, n) => [`C${n}`, [mention(`U${n}`, hoursAgo(5))]]),
  );
  const chatter = Array.from({ length: 300 }, (_, n) => ({ ts: hoursAgo(4, n), user: 'UX', text: 'hm' }));
  channels.C7 = [mention('UOLD', hoursAgo(7)), mention('U7', hoursAgo(5)), ...chatter];
  const { bot, taken, warned } = botWith(channels);
  await catchUp(bot);
  expect(new Set(taken)).toEqual(new Set(Array.from({ length: 250 }, (_, n) => `U${n}`)));
  expect(warned).toEqual([]);
});

test('mentions in replies are found where no session has the thread', async () => {
  const root = { ts: hoursAgo(5), user: 'UX', text: 'It broke', latest_reply: hoursAgo(3) };
  const reply = mention('U1', hoursAgo(3), { thread_ts: root.ts });
  const threads = { [root.ts]: [root, reply] };
  const { bot, taken } = botWith({ C1: [root] }, { threads });
  await catchUp(bot);
  expect(taken).toEqual(['U1']);
  // Of a session's thread, what was written before somebody last wrote there has been passed on.
  const touchedAt = new Date(Date.now() - 3600_000).toISOString();
  const late = [{ thread: { provider: 'slack' as const, id: `T1/C1/${root.ts}` }, touchedAt }];
  const known = botWith({ C1: [root] }, { threads, late });
  await catchUp(known.bot);
  expect(known.taken).toEqual([]);
});

test('what could not be covered is said in the log', async () => {
  const busy = Array.from({ length: 1_100 }, (_, n) => ({ ts: hoursAgo(3, n), user: 'UX', text: 'hm' }));
  const { bot, warned } = botWith({ C1: busy, C2: [], C3: [] }, { closed: ['C3'] });
  await catchUp(bot);
  expect(warned.map(({ missed }) => missed)).toEqual([
    [
      { what: 'channel C1', why: 'more than 1000' },
      { what: 'channel C3', why: 'not_in_channel' },
    ],
  ]);
});
