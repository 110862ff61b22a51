import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import { JournalOutcome } from '../protocol/outcome.ts';
import { CallId, ProcessHandle, ToolName } from '../protocol/tools.ts';
import { journalDir } from './places.ts';

/**
 * What is about to happen, written before it does. `file`: what a write or edit will leave, so that after a crash the
 * file itself tells whether it happened. `outputPath`, `deadlineMs` (monotonic): a bash command; `null` of a deadline
 * is none.
 */
export const Intent = z.object({
  tool: ToolName,
  startedMs: z.number(),
  file: z.object({ path: z.string(), before: z.string(), after: z.string(), summary: z.string() }).optional(),
  bash: z
    .object({
      command: z.string(),
      outputPath: z.string(),
      deadlineMs: z.number().nullable(),
      oomKills: z.number(),
    })
    .optional(),
  /** The command goes on under a call of its own, which this one has started. */
  background: z.object({ callId: CallId, handle: ProcessHandle }).optional(),
});
export type Intent = z.infer<typeof Intent>;

export const StopReason = z.enum(['stopped', 'timed_out']);
export type StopReason = z.infer<typeof StopReason>;

export type Claim = { by: 'nobody' } | { by: 'hands' } | { by: 'wrapper'; pid: number; startTicks: string };

/** One call's directory. Every file appears whole, by rename or as a link, so a crash leaves no half of one. */
export function callJournal(callId: string) {
  const dir = `${journalDir}/${callId}`;
  const write = (name: string, value: unknown) => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/${name}.new`, JSON.stringify(value));
    renameSync(`${dir}/${name}.new`, `${dir}/${name}`);
  };
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const text = textOf(`${dir}/${name}`);
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  };

  return {
    dir,
    intent: () => read('intent.json', Intent),
    writeIntent: (intent: Intent) => write('intent.json', intent),
    result: () => read('result.json', JournalOutcome),
    writeResult: (outcome: JournalOutcome) => write('result.json', outcome),
    /** Written before anything is killed, so that a crash in between ends as it was meant to. */
    stopReason: () => read('stop.json', StopReason),
    writeStopReason: (reason: StopReason) => write('stop.json', reason),
    /** Exit code of the command; `none`: its wrapper could not start it. */
    exitCode: (): number | 'none' | undefined => {
      const text = textOf(`${dir}/rc`);
      if (!text?.endsWith('\n')) return undefined;
      return text === 'none\n' ? 'none' : Number(text);
    },
    claim: (attempt: number): Claim => readClaim(`${dir}/claim.${attempt}`),
    /** True: this attempt's wrapper has not started the command and never will. */
    tryClaim: (attempt: number): boolean => {
      try {
        symlinkSync('hands', `${dir}/claim.${attempt}`);
        return true;
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return false;
        throw error;
      }
    },
    /** The first attempt that the runtime has not made void. */
    attempt: (): number => {
      let attempt = 1;
      while (readClaim(`${dir}/claim.${attempt}`).by === 'hands') attempt++;
      return attempt;
    },
    exists: () => existsSync(dir),
  };
}

export type CallJournal = ReturnType<typeof callJournal>;

/** Calls that began and have no result: what a restarted runtime looks after. */
export function unfinishedCalls(): string[] {
  mkdirSync(journalDir, { recursive: true });
  return readdirSync(journalDir).filter(callId => !existsSync(`${journalDir}/${callId}/result.json`));
}

function readClaim(path: string): Claim {
  try {
    const target = readlinkSync(path);
    if (target === 'hands') return { by: 'hands' };
    const [pid, startTicks = ''] = target.split(' ');
    return { by: 'wrapper', pid: Number(pid), startTicks };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { by: 'nobody' };
    throw error;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  Error.isError(error) && 'code' in error && codes.includes(String(error.code));
