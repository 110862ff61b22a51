import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { maxBackground } from '../protocol/limits.ts';
import { type BashInput, CallId, type ProcessHandle } from '../protocol/tools.ts';
import { callJournal, hasCode } from './journal.ts';
import { backgroundDir } from './places.ts';

type Handle = z.infer<typeof ProcessHandle>;

/** A command that goes on, under a call of its own, when the call that started it has ended. */
export type Background = { handle: Handle; callId: string; command: string };

const Entry = z.object({ callId: CallId, command: z.string() });
const shownCommandChars = 200;
/** So many of those that have ended are still known by their handles. */
const keptEnded = 50;
const handleName = /^p[1-9]\d{0,6}$/;

/** The call of a process that another call starts: the same however often that one is asked for. */
const processCallOf = (callId: string) => `${callId.slice(0, 124)}-bg`;

/** By handle, oldest first. In memory, as long as the sandbox runs: after it there is nothing left of any of them. */
function all(): Background[] {
  mkdirSync(backgroundDir, { recursive: true });
  return readdirSync(backgroundDir)
    .filter(name => handleName.test(name))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    .flatMap(handle => {
      const known = find(handle);
      return known ? [known] : [];
    });
}

export function find(handle: Handle): Background | undefined {
  try {
    const text = readFileSync(`${backgroundDir}/${handle}`, 'utf8');
    return { handle, ...Entry.parse(JSON.parse(text)) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isRunning = ({ callId }: Background): boolean => {
  const journal = callJournal(callId);
  return journal.intent() !== undefined && journal.result() === undefined;
};

export const runningInBackground = (): Background[] => all().filter(isRunning);

/** A handle for the process of a call, the same when asked again; undefined where as many run as may. */
export function register(callId: string, { command }: BashInput): Background | undefined {
  const mine = processCallOf(callId);
  const known = all();
  const before = known.find(each => each.callId === mine);
  if (before) return before;
  if (known.filter(isRunning).length >= maxBackground) return undefined;
  for (const { handle } of known.filter(each => !isRunning(each)).slice(0, -keptEnded))
    rmSync(`${backgroundDir}/${handle}`);
  const last = Number(known.at(-1)?.handle.slice(1) ?? 0);
  const made = {
    handle: `p${last + 1}`,
    callId: mine,
    command: command.replaceAll(/\s+/g, ' ').trim().slice(0, shownCommandChars),
  };
  const { handle, ...entry } = made;
  writeFileSync(`${backgroundDir}/new`, JSON.stringify(entry));
  renameSync(`${backgroundDir}/new`, `${backgroundDir}/${handle}`);
  return made;
}

/** For whoever names one that is not there. */
export function unknownHandle(handle: Handle): string {
  const running = runningInBackground().map(each => `${each.handle} (${each.command})`);
  return `There is no process ${handle} in this sandbox. Running in the background: ${running.join(', ') || 'none'}`;
}
