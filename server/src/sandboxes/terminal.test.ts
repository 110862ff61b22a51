import type { FromTerminal } from '@deckhand/sandbox/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import { openHands } from './channel/openHands.ts';
import type { Hands } from './hands.ts';
import { terminalFrames } from './untrusted/terminalFrames.ts';

let stack: TestStack;
let sandbox: TestSandbox;
let visitor: Hands;

beforeAll(async () => {
  stack = await openTestStack();
  sandbox = await stack.sandbox({ fence: 3 });
  visitor = await visit();
});
afterAll(() => stack?.close());

async function visit(): Promise<Hands> {
  const opened = await openHands({ driver: stack.driver, sandboxId: sandbox.id, fence: 0, visitor: true });
  if (!opened.ok) throw new Error(opened.message);
  return opened.hands;
}

/** As a browser sees it: what came since the screen was last given anew. */
function look(size = { columns: 80, rows: 24 }, hands = visitor) {
  const got: FromTerminal[] = [];
  let shown = '';
  let chars = 0;
  let waiting: { until: () => boolean; done: () => void }[] = [];
  const closed = Promise.withResolvers<void>();
  const frames = terminalFrames(hands.pty(size), {
    message: message => {
      got.push(message);
      if (message.t === 'anew') shown = '';
      if (message.t === 'output') {
        chars += message.text.length;
        // The whole of a flood is not kept here either.
        shown = (shown + message.text).slice(-200_000);
      }
      waiting = waiting.filter(({ until, done }) => (until() ? void done() : true));
    },
    closed: closed.resolve,
  });
  const until = (is: () => boolean) =>
    is() ? Promise.resolve() : new Promise<void>(done => waiting.push({ until: is, done }));
  return {
    got,
    shown: () => shown,
    chars: () => chars,
    until,
    shows: (text: string) => until(() => shown.includes(text)),
    type: (text: string) => frames.send({ t: 'type', text }),
    size: (columns: number, rows: number) => frames.send({ t: 'size', columns, rows }),
    frames,
    closed: closed.promise,
  };
}

test('a real terminal: a shell in the repository that knows its size, its colours and its interrupt', async () => {
  const one = look({ columns: 93, rows: 31 });
  one.type('tty; stty size; echo "T=$TERM P=$PAGER"; pwd\r');
  await one.shows('/work/repo\r\n');
  expect(one.shown()).toContain('/dev/pts/');
  expect(one.shown()).toContain('31 93');
  expect(one.shown()).toContain('T=xterm-256color P=\r\n');
  one.type('echo asleep-$((1+1)); sleep 100\r');
  await one.shows('asleep-2\r\n');
  one.type('\x03');
  await one.shows('^C');
  one.type('echo code $?\r');
  await one.shows('code 130');
  one.frames.close();
});

test('the newest size counts for all, and what runs is told', async () => {
  const [one, two] = [look(), look()];
  await one.until(() => one.got.length > 0);
  await two.until(() => two.got.length > 0);
  two.type(`bash -c 'trap "echo now; stty size" WINCH; echo up; while :; do sleep 0.05; done'\r`);
  await two.shows('\rup\r\n');
  one.size(120, 40);
  await two.until(() => two.got.some(each => each.t === 'size' && each.columns === 120 && each.rows === 40));
  await two.shows('now\r\n40 120');
  two.type('\x03');
  for (const each of [one, two]) each.frames.close();
});

test('two type in one terminal, both see both, and who comes later sees what is there', async () => {
  const [one, two] = [look(), look()];
  await Promise.all([one, two].map(each => each.until(() => each.got.length > 0)));
  one.type('echo from-$((1+1))-one\r');
  await two.shows('from-2-one');
  two.type('echo from-$((1+2))-two\r');
  await one.shows('from-3-two');
  const late = look();
  await late.shows('from-3-two');
  expect(late.shown()).toContain('from-2-one');
  // In the alternate buffer, too: its modes come with it.
  // Put together by printf: what is typed is shown, too, and before it runs.
  one.type(`printf '\\033[?1049h\\033[2J\\033[H%s SCREEN' FULL; sleep 5\r`);
  await two.shows('FULL SCREEN');
  const later = look();
  await later.shows('FULL SCREEN');
  expect(later.shown()).toContain('\x1b[?1049h');
  one.type(`\x03printf '\\033[?1049l'\r`);
  for (const each of [one, two, late, later]) each.frames.close();
});

test('a flood stands still for nobody: who does not read is given the screen anew, and nothing grows', async () => {
  const [fast, slow] = [look(), look()];
  await Promise.all([fast, slow].map(each => each.until(() => each.got.length > 0)));
  slow.frames.pause();
  fast.type(`head -c 10000000 /dev/zero | tr '\\0' x | fold -w 79; echo flood-is-$((40+2))-over\r`);
  await fast.shows('flood-is-42-over');
  expect(fast.chars()).toBeLessThan(12_000_000);
  const [before] = [slow.got.length];
  slow.frames.resume();
  await slow.shows('flood-is-42-over');
  expect(slow.got.slice(before).filter(each => each.t === 'anew').length).toBeGreaterThan(0);
  // What it missed was kept for it nowhere.
  expect(slow.chars()).toBeLessThan(3_000_000);
  const memory = await sh(sandbox.hands, `ps -o rss= -p $(pgrep -f '[t]erminal.mjs')`);
  expect(Number(memory)).toBeLessThan(200_000);
  for (const each of [fast, slow]) each.frames.close();
});

test('it outlives its connections and the runtime', async () => {
  const one = look();
  one.type('cd /tmp; MARK=kept-by-shell\r');
  await one.shows('MARK=kept');
  await sandbox.hands.call({
    callId: newCallId(),
    tool: 'bash',
    input: { command: "pkill -9 -f '[h]ands.mjs'" },
  });
  await one.closed;
  const again = look();
  again.type('echo "$MARK in $(pwd)"\r');
  await again.shows('kept-by-shell in /tmp');
  again.frames.close();
});

test('whoever ends the shell ends it for all; the next one begins another', async () => {
  const one = look();
  const two = look();
  await Promise.all([one, two].map(each => each.until(() => each.got.length > 0)));
  one.type('exit\r');
  await two.until(() => two.got.some(({ t }) => t === 'ended'));
  await Promise.all([one.closed, two.closed]);
  const fresh = look();
  fresh.type('echo "mark=[$MARK]"\r');
  await fresh.shows('mark=[]');
  fresh.frames.close();
});

test('what says more than a terminal may is hung up on', async () => {
  const one = look();
  await one.until(() => one.got.length > 0);
  one.frames.send({ t: 'size', columns: 100_000, rows: 1 });
  await one.closed;
  const other = look();
  other.type('echo still-$((1+0))-here\r');
  await other.shows('still-1-here');
  other.frames.close();
});
