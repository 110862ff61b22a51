import { setTimeout as sleep } from 'node:timers/promises';
import type { Piece } from '../emulators/model/index.ts';
import type { SlackCall, SlackMessage } from '../emulators/slack/index.ts';
import { openSlackStack, type SlackStack, saysOf } from '../support/slackStack.ts';
import { p50p95, percentile, type Row } from './figures.ts';

const threads = 200;
const channels = 40;
const perSecond = 5;
const turnMs = 100_000;
/** Slack shows a status line for so long unless a message takes its place. */
const statusShownMs = 120_000;

const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;

/** Each thread's calls that show something: a reaction, a message, a change of one, a status line. */
function signsOf(calls: readonly SlackCall[], first: SlackMessage, ours: ReadonlySet<string>): SlackCall[] {
  return calls.filter(({ args, answer }) => {
    if (answer !== 'ok') return false;
    const { thread_ts, timestamp, ts } = args as Record<string, string | undefined>;
    return thread_ts === first.ts || timestamp === first.ts || (ts !== undefined && ours.has(ts));
  });
}

/** The longest time in which nothing in the thread changed; and in which nothing in it showed life either. */
function silences(signs: readonly SlackCall[], from: number, until: number) {
  let changed = from;
  let alive = from;
  let [unchangedMs, deadMs] = [0, 0];
  for (const { method, atMs } of signs) {
    if (atMs > until) break;
    unchangedMs = Math.max(unchangedMs, atMs - changed);
    deadMs = Math.max(deadMs, atMs - alive);
    changed = atMs;
    // A status line goes on by itself until a message takes its place; a change of a message leaves it.
    if (method === 'assistant.threads.setStatus') alive = Math.min(atMs + statusShownMs, until);
    else if (/postMessage|startStream/.test(method)) alive = atMs;
    else alive = Math.max(alive, atMs);
  }
  return { unchangedMs: Math.max(unchangedMs, until - changed), deadMs: Math.max(deadMs, until - alive) };
}

async function single(slackStack: SlackStack): Promise<{ signMs: number[]; sessionMs: number[] }> {
  const { stack, slack, mention } = slackStack;
  const user = slack.workspace.user('Ana Lima');
  const channel = slack.workspace.channel('single');
  stack.model.script('single', [{ say: 'Done.' }]);
  const signMs: number[] = [];
  const sessionMs: number[] = [];
  for (let n = 0; n < 12; n++) {
    const began = Date.now();
    const first = slack.people.write(user, channel.id, `${mention} go #single`);
    void slack.people.tell(first);
    const sign = await slack.until(
      () => slack.calls.find(({ args }) => args.timestamp === first.ts || args.thread_ts === first.ts),
      'a sign',
    );
    signMs.push(sign.atMs - began);
    const id = `T0DECK/${channel.id}/${first.ts}`;
    const made = await slack.until(
      () => slack.workspace.thread(channel.id, first.ts).find(message => message.bot_id),
      'a message',
    );
    const found = await stack.client.http['thread.get']({ provider: 'slack', id });
    if (!found.ok || !found.thread?.session || !made) throw new Error('no session');
    sessionMs.push(Date.parse(found.thread.session.createdAt) - began);
    await sleep(2_500);
  }
  return { signMs, sessionMs };
}

async function many(slackStack: SlackStack): Promise<Row> {
  const { stack, slack, mention } = slackStack;
  const { workspace } = slack;
  const people = Array.from({ length: 20 }, (_, n) => workspace.user(`Person ${n}`));
  const places = Array.from({ length: channels }, (_, n) => workspace.channel(`team-${n}`));
  stack.model.script('long', () => ({
    say: Array.from({ length: turnMs / 2_000 }, (_, n): Piece[] => [2_000, `part ${n} `]).flat(),
  }));
  const firsts: { message: SlackMessage; atMs: number }[] = [];
  for (let n = 0; n < threads; n++) {
    const user = people[n % people.length];
    const place = places[n % places.length];
    if (!user || !place) throw new Error('nobody there');
    const message = workspace.add({ channel: place.id, user: user.id, text: `${mention} go ${n} #long` });
    firsts.push({ message, atMs: Date.now() });
    void slack.people.tell(message);
    await sleep(1_000 / perSecond);
  }
  const isDone = ({ message }: { message: SlackMessage }) =>
    workspace
      .thread(message.channel, message.ts)
      .some(each => each.bot_id && saysOf(each).includes('Done') && each.text.startsWith('Done:'));
  const deadline = Date.now() + turnMs + 120_000;
  while (!firsts.every(isDone) && Date.now() < deadline) await sleep(500);
  const figures = firsts.map(({ message, atMs }) => {
    const replies = workspace.thread(message.channel, message.ts).filter(each => each.bot_id);
    const end = replies.find(each => each.text.startsWith('Done:'));
    const until = end ? Number(end.ts) * 1000 : Date.now();
    const signs = signsOf(slack.calls, message, new Set(replies.map(({ ts }) => ts)));
    return {
      ...silences(signs, atMs, until),
      firstMs: (signs[0]?.atMs ?? until) - atMs,
      ended: end !== undefined,
    };
  });
  const refused = [...(slack.limiter?.refused ?? [])].map(([method, count]) => `${method} ${count}`);
  const dead = figures.map(({ deadMs }) => deadMs);
  const unchanged = figures.map(({ unchangedMs }) => unchangedMs);
  const ended = figures.filter(each => each.ended).length;
  return {
    what: `${threads} threads at once under Slack's limits, turns of ${seconds(turnMs)}`,
    ours: `${ended} ended; longest without a sign of life: ${seconds(percentile(dead, 0.5))} (p50), ${seconds(Math.max(...dead))} (most)`,
    target: 'none silent for over 10 s',
    met: ended === threads && Math.max(...dead) <= 10_000,
    parts: [
      ['first sign', p50p95(figures.map(({ firstMs }) => firstMs))],
      [
        'longest without a change',
        `${seconds(percentile(unchanged, 0.5))} (p50), ${seconds(percentile(unchanged, 0.95))} (p95), ${seconds(Math.max(...unchanged))} (most)`,
      ],
      ['refused for the pace', refused.join(', ') || 'none'],
      ['calls', `${slack.calls.length}`],
    ],
  };
}

export async function run(): Promise<Row[]> {
  // No engine: hundreds of sandboxes on two cores would be what is measured.
  const slackStack = await openSlackStack(
    { DECKHAND_TURNS_AT_ONCE: '400', DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    { limits: true },
  );
  try {
    await slackStack.startBot();
    const { signMs, sessionMs } = await single(slackStack);
    return [
      {
        what: 'Mention -> first visible sign',
        ours: p50p95(signMs),
        target: 'under 500 ms',
        met: percentile(signMs, 0.95) < 500,
      },
      {
        what: 'Mention -> session created, no fast model',
        ours: p50p95(sessionMs),
        target: 'under 1 s',
        met: percentile(sessionMs, 0.95) < 1_000,
      },
      await many(slackStack),
    ];
  } finally {
    await slackStack.dispose();
  }
}
