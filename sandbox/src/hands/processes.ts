import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export type Process = {
  pid: number;
  parent: number;
  session: number;
  name: string;
  state: string;
  startTicks: string;
};

/** A process that ended, or whose number another one has now, is undefined. */
export function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const close = text.lastIndexOf(')');
    const [state = '', parent, , session, ...rest] = text.slice(close + 2).split(' ');
    return {
      pid,
      parent: Number(parent),
      session: Number(session),
      name: text.slice(text.indexOf('(') + 1, close),
      state,
      // Field 22 of stat(5); the fourth after the state is field 7.
      startTicks: rest[15] ?? '',
    };
  } catch {
    return undefined;
  }
}

const isDead = (process: Process) => process.state === 'Z' || process.state === 'X';

/** Whether that very process is alive: a number alone may have been given to another. */
export function isAlive(pid: number, startTicks: string): boolean {
  const process = readProcess(pid);
  return process !== undefined && process.startTicks === startTicks && !isDead(process);
}

export function listProcesses(): Process[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => readProcess(Number(name)))
    .filter(process => process !== undefined && !isDead(process)) as Process[];
}

export function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

/**
 * All processes of a call: those in the session of its wrapper, those whose environment names the call (also after a
 * setsid of their own), and whatever descends from them (also with another environment).
 */
export function processesOf(callId: string, wrapperPid: number | undefined): Process[] {
  const all = listProcesses().filter(({ pid }) => pid !== 1 && pid !== process.pid);
  const mark = `DECKHAND_CALL_ID=${callId}`;
  const found = new Set<number>();
  for (const { pid, session } of all) {
    if ((wrapperPid !== undefined && session === wrapperPid) || environmentOf(pid).includes(mark))
      found.add(pid);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

const termGraceMs = 300;
const pollMs = 20;
/** Bounds the killing of something that forks faster than we look. */
const killRounds = 25;

/** Ends what `find` finds, asking first where `ask`; at most 800 ms. Answers how many there were. */
export async function endProcesses(find: () => Process[], ask = true): Promise<number> {
  const asked = find();
  if (ask) for (const { pid } of asked) send(pid, 'SIGTERM');
  const deadlineMs = ask ? Date.now() + termGraceMs : 0;
  while (Date.now() < deadlineMs && find().length > 0) await delay(pollMs);
  // A process in the middle of an exec has no environment to be known by: only two empty looks in a row are an end.
  let emptyLooks = 0;
  for (let round = 0; round < killRounds && emptyLooks < 2; round++) {
    const left = find();
    emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
    // Stopped first, all of them: what is stopped cannot fork while its siblings die.
    for (const { pid } of left) send(pid, 'SIGSTOP');
    for (const { pid } of left) send(pid, 'SIGKILL');
    await delay(pollMs);
  }
  return asked.length;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
