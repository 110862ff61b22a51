import { endOf, startOf } from '@deckhand/shared';
import { type CallResult, notRun, type ToolPorts } from '../agent/tools/tool.ts';
import type { ReadAttachment } from '../agent/userMessage.ts';
import { orAbort } from '../platform/orAbort.ts';
import { type Entry, readBackwards, searchLog } from '../sessions/log/search.ts';
import { readTurns, standingTurns } from '../sessions/run/turnRecords.ts';
import type { Meta, Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { TurnControl } from './turnControl.ts';

export type HistoryDeps = {
  store: Store;
  meta: Meta;
  run: Run;
  readArtifact: ReadAttachment;
  control: Pick<TurnControl, 'interrupt' | 'abandon'>;
  /** Longest time that one call looks; a long log is read page by page. */
  patienceMs?: number;
};

const mostMatches = 12;
const snippetChars = 400;
const beforeChars = 120;
const defaultPatienceMs = 10_000;

/**
 * What the session's log and its artifacts have, within a time. Asked again after a crash it reads once more; a stop
 * ends it at once.
 */
export function historyPort(deps: HistoryDeps): ToolPorts['history'] {
  const { store, meta, run, readArtifact, control, patienceMs = defaultPatienceMs } = deps;
  const standing = async () => {
    const turns = standingTurns(await readTurns(store, meta.id), meta.turnHead);
    return (turnId: string) => turnId === run.turnId || turns.has(turnId);
  };
  const whole = async (callId: string, signal: AbortSignal): Promise<string | null> => {
    for await (const event of readBackwards(store, meta.id, { before: Number.MAX_SAFE_INTEGER, signal })) {
      if (event.type !== 'tool.finished') continue;
      const data = event.data as { callId: string; output: string; artifactId?: string; truncated?: boolean };
      if (data.callId !== callId) continue;
      const kept =
        data.truncated && data.artifactId ? await orAbort(readArtifact(data.artifactId), signal) : null;
      return kept?.toString('utf8') ?? data.output;
    }
    return null;
  };
  /** `look` gets a signal that aborts when the time is up, somebody stops the turn, or this worker lets go. */
  const within = async (look: (signal: AbortSignal) => Promise<CallResult>): Promise<CallResult> => {
    const startedMs = Date.now();
    const late = AbortSignal.timeout(patienceMs);
    const result = await look(AbortSignal.any([control.interrupt, control.abandon, late])).catch(error => {
      if (!late.aborted && !control.interrupt.aborted) throw error;
      return notRun(tooLate);
    });
    control.abandon.throwIfAborted();
    const told = control.interrupt.aborted ? notRun('Stopped while it looked') : result;
    return { ...told, durationMs: Date.now() - startedMs };
  };
  return {
    result: (callId, { offset, limit }) =>
      within(async signal => {
        const text = await whole(callId, signal);
        if (text === null) return notRun(`There is no result of ${callId} in this session.`);
        const shown = startOf(endOf(text, Math.max(0, text.length - offset)), limit);
        const end = offset + shown.length;
        const rest = end < text.length ? `\n[${text.length - end} more characters: offset ${end}]` : '';
        return told(`Characters ${offset} to ${end} of ${text.length}`, shown + rest);
      }),
    search: (query, before = Number.MAX_SAFE_INTEGER) =>
      within(async signal => {
        const words = query.split(/\s+/).filter(Boolean);
        const { entries, unread } = await searchLog(store, meta.id, {
          words,
          before,
          most: mostMatches,
          standing: await orAbort(standing(), signal),
          signal,
        });
        if (unread === Number.MAX_SAFE_INTEGER) return notRun(tooLate);
        const rest =
          unread !== null
            ? `[Time was up: entries before ${unread} were not looked at. Go on with before ${unread}.]`
            : entries.length === mostMatches
              ? `[There may be more: before ${entries.at(-1)?.seq}]`
              : '';
        const found = entries.map(entry => describe(entry, words[0] ?? ''));
        if (found.length === 0)
          found.push(`Nothing${unread === null ? ' in this session' : ''} has all of: ${query}`);
        const text = [...found, rest].filter(Boolean).join('\n\n');
        return told(entries.length === 0 ? 'Nothing found' : `${entries.length} found`, text);
      }),
  };
}

const tooLate = 'There was no time to find it. Try again, or search_history with `before`.';

const told = (summary: string, output: string): CallResult => ({
  ok: true,
  summary,
  output,
  truncated: false,
  durationMs: 0,
});

function describe({ seq, at, who, callId, text }: Entry, word: string): string {
  const found = text.toLowerCase().indexOf(word.toLowerCase());
  const from = Math.max(0, found - beforeChars);
  const rest = endOf(text, text.length - from);
  const snippet = startOf(rest, snippetChars);
  const marks = [from > 0 ? '…' : '', snippet.length < rest.length ? '…' : ''];
  return `#${seq} ${at} ${who}${callId ? ` ${callId}` : ''}\n${marks[0]}${snippet}${marks[1]}`;
}
