import { type Envelope, knownEvent } from '@deckhand/shared';
import type { LiveText } from '@deckhand/shared/view';
import type { Moment } from './axis.ts';

/** A text that was being written between two events. */
export type Stream = { kind: 'message' | 'reasoning'; id: string; text: string; from: Moment; to: Moment };

/** What ends what the agent did before: its next words begin there. */
const begins = new Set(['turn.started', 'turn.steered', 'tool.finished', 'reasoning.done', 'message.done']);

/**
 * The texts of the session's own agent, in order; they do not overlap. The log has only whole texts: that one grew
 * evenly since what the agent did before it is what a replay supposes.
 */
export function streamsOf(events: readonly Envelope[], atMs: readonly number[]): Stream[] {
  const streams: Stream[] = [];
  let from: Moment | null = null;
  for (const [index, envelope] of events.entries()) {
    if (envelope.taskId !== undefined || !begins.has(envelope.type)) continue;
    const here: Moment = { seq: envelope.seq, atMs: atMs[index] ?? 0 };
    const event = knownEvent(envelope);
    if (from && event?.type === 'message.done')
      streams.push({ kind: 'message', id: event.data.messageId, text: event.data.text, from, to: here });
    if (from && event?.type === 'reasoning.done')
      streams.push({ kind: 'reasoning', id: event.data.reasoningId, text: event.data.text, from, to: here });
    from = here;
  }
  return streams;
}

/** The text that was being written then, as far as it was. */
export function liveTextAt(streams: readonly Stream[], { seq, atMs }: Moment): LiveText | null {
  const stream = firstEndingAfter(streams, seq);
  if (!stream || stream.from.seq > seq) return null;
  const { kind, id, text, from, to } = stream;
  const share = to.atMs > from.atMs ? (atMs - from.atMs) / (to.atMs - from.atMs) : 0;
  const shown = cutAt(text, Math.floor(text.length * Math.min(1, Math.max(0, share))));
  return shown === '' ? null : { kind, id, attempt: 1, text: shown };
}

function firstEndingAfter(streams: readonly Stream[], seq: number): Stream | undefined {
  let low = 0;
  let high = streams.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((streams[middle]?.to.seq ?? 0) > seq) high = middle;
    else low = middle + 1;
  }
  return streams[low];
}

/** Not within a sign of two units. */
function cutAt(text: string, length: number): string {
  const unit = text.charCodeAt(length - 1);
  return text.slice(0, unit >= 0xd800 && unit <= 0xdbff ? length - 1 : length);
}
