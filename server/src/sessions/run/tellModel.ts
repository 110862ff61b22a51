import type { ModelMessage } from 'ai';
import type { EventDraft, Op } from '../store/commit.ts';
import type { Run } from '../store/meta.ts';
import type { TurnWriter } from './turnWriter.ts';

/**
 * Tells the agent something besides what people prompt. While calls of its last answer have no result yet it waits
 * until the last of them has: no model takes a context in which something stands between a call and its result.
 */
export async function tellModel(
  writer: TurnWriter,
  run: Run,
  text: string,
  /** Of the same write: nobody is told of what the other does not hear. */
  beside: { events?: EventDraft[]; ops?: Op[] } = {},
): Promise<void> {
  run.toTell = [...(run.toTell ?? []), text];
  await writer.advance(run, { ...beside, messages: toldNow(run) });
}

/** What waited and may be told now; it waits no more. For the write that holds the run. */
export function toldNow(run: Run): ModelMessage[] {
  if (run.pending.length > 0) return [];
  const told = run.toTell ?? [];
  delete run.toTell;
  return told.map(text => ({ role: 'user', content: `[Deckhand] ${text}` }));
}
