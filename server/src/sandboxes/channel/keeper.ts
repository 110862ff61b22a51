import { setTimeout as delay } from 'node:timers/promises';
import { failure } from '@deckhand/shared';
import type { SandboxDriver } from '../driver.ts';
import type { Lost } from '../hands.ts';
import { type Deadlines, defaultDeadlines } from './deadlines.ts';
import { lostAs } from './failure.ts';
import { type Link, type LinkEnd, type Owner, openLink } from './link.ts';

export type KeeperOptions = {
  driver: Pick<SandboxDriver, 'connect' | 'inspect'>;
  owner: Owner;
  /** How long a sandbox may run without its runtime answering, and an engine be down, before we say so. */
  patienceMs: { runtime: number; engine: number };
  deadlines?: Deadlines | undefined;
  silence?: typeof defaultSilence | undefined;
};

const backoffMs = (attempt: number): number =>
  Math.min(2_000, 20 * 2 ** attempt) * (0.75 + Math.random() / 2);
/** A link this silent is asked; this much longer, and it is broken: an engine far away can vanish without a word. */
const defaultSilence = { watchMs: 5_000, askMs: 10_000, giveUpMs: 25_000 };
/** So many links in a row that greeted and fell silent: nothing in there works any more. */
const mostSilentLinks = 3;

/** Keeps one link open while the sandbox lives. There is one at a time; whoever waits gets the next. */
export function linkKeeper({ driver, owner: firstOwner, patienceMs, ...options }: KeeperOptions) {
  const { deadlines = defaultDeadlines, silence = defaultSilence } = options;
  let silentLinks = 0;
  let owner = firstOwner;
  let link: Link | undefined;
  let opening: Promise<Link | Lost> | undefined;
  let bootId: string | undefined;
  let lost: Lost | undefined;
  const listeners: ((lost: Lost) => void)[] = [];

  const lose = (why: Lost): Lost => {
    if (lost) return lost;
    lost = why;
    link?.close();
    link = undefined;
    for (const listener of listeners.splice(0)) listener(why);
    return why;
  };

  const tryOnce = async (): Promise<
    { link: Link } | { lost: Lost } | { again: 'runtime' | 'engine'; message: string }
  > => {
    const bridge = await driver.connect(owner.sandboxId);
    if (!bridge.ok) {
      if (bridge.code === 'engine_down') return { again: 'engine', message: bridge.message };
      const state = await driver.inspect(owner.sandboxId);
      if (state === 'engine_down') return { again: 'engine', message: bridge.message };
      if (state === 'running') return { again: 'runtime', message: bridge.message };
      return { lost: failure('sandbox_lost', `The sandbox is ${state}.`) };
    }
    const opened = await openLink(bridge.stream, owner, deadlines);
    if (opened.ok) return { link: opened.link };
    const refusal = refusedFor(opened.end);
    return refusal ? { lost: refusal } : { again: 'runtime', message: opened.end.message };
  };

  const open = async (): Promise<Link | Lost> => {
    const startedMs = performance.now();
    for (let attempt = 0; ; attempt++) {
      if (lost) return lost;
      const tried = await tryOnce().catch((error: unknown) => ({
        again: 'engine' as const,
        message: String(error),
      }));
      if ('lost' in tried) return lose(tried.lost);
      if ('link' in tried) return settle(tried.link);
      if (performance.now() - startedMs > patienceMs[tried.again]) {
        const code = tried.again === 'engine' ? 'engine_down' : 'sandbox_lost';
        return lose(failure(code, tried.message));
      }
      await delay(backoffMs(attempt));
    }
  };

  const settle = (opened: Link): Link | Lost => {
    if (lost) {
      opened.close();
      return lost;
    }
    bootId ??= opened.bootId;
    // Its memory is gone, and with it the journal: nobody could say any more what ran.
    if (bootId !== opened.bootId) {
      opened.close();
      return lose(failure('sandbox_lost', 'The sandbox was restarted.'));
    }
    link = opened;
    void opened.ended.then(end => {
      if (link === opened) link = undefined;
      const refusal = refusedFor(end);
      silentLinks = opened.answered() ? 0 : silentLinks + 1;
      if (refusal) lose(refusal);
      else if (silentLinks >= mostSilentLinks)
        lose(failure('sandbox_lost', 'What runs in the sandbox greets and answers nothing.'));
      else if (!lost) ready().catch((error: unknown) => lose(failure('sandbox_lost', String(error))));
    });
    watch(opened, silence);
    return opened;
  };

  /** The open link, or the next one, or why there will be none. */
  const ready = (): Promise<Link | Lost> => {
    if (lost) return Promise.resolve(lost);
    if (link) return Promise.resolve(link);
    opening ??= open().finally(() => {
      opening = undefined;
    });
    return opening;
  };

  return {
    ready,
    current: () => owner,
    /** Speaks for another owner from here on, on the open link where there is one. */
    claim: async (next: Omit<Owner, 'sandboxId'>): Promise<Link | Lost> => {
      owner = { ...next, sandboxId: owner.sandboxId };
      const open = link;
      if (open && (await open.hello(owner))) return open;
      return ready();
    },
    close: () => void lose(lostAs('closed', 'The connection to the sandbox was closed.')),
    onLost: (listener: (lost: Lost) => void) => {
      if (lost) listener(lost);
      else listeners.push(listener);
    },
  };
}

export type LinkKeeper = ReturnType<typeof linkKeeper>;

/** What no new link would change. */
function refusedFor(end: LinkEnd): Lost | undefined {
  if (end.how !== 'refused')
    return end.how === 'mute'
      ? lostAs('sandbox_lost', `The sandbox does not answer: ${end.message}.`)
      : undefined;
  if (end.code === 'fence' || end.code === 'superseded') return lostAs('superseded', end.message);
  if (end.code !== 'garbage') return failure('sandbox_lost', end.message);
  return failure(
    'sandbox_lost',
    `The sandbox was given up, as what runs in it broke the protocol: ${end.message}.`,
  );
}

/** A look awaits nothing, so that none can overlap another: a plain timer does. */
function watch(link: Link, { watchMs, askMs, giveUpMs }: typeof defaultSilence): void {
  const timer = setInterval(() => {
    if (link.silentMs() > giveUpMs) link.close();
    else if (link.silentMs() > askMs) link.request('ping', {});
  }, watchMs);
  timer.unref();
  void link.ended.then(() => clearInterval(timer));
}
