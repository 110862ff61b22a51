import type { Envelope } from '@deckhand/shared';

/** An event as the log keeps it: seq and time apart from what the writer gave. */
export type LogEntry = { seq: number; atMs: number; json: string };

/** What the session's stream holds: `seq-0`, and `at` and `e` with their values. */
export type StreamEntry = [id: string, fields: string[]];

export function streamEntry([id, fields]: StreamEntry): LogEntry {
  const [, at, , json] = fields;
  return { seq: Number.parseInt(id, 10), atMs: Number(at), json: json ?? '{}' };
}

/** Puts an event of the log together. */
export function decodeEvent(seq: number, atMs: number, json: string): Envelope {
  const rest = JSON.parse(json) as Omit<Envelope, 'seq' | 'at'>;
  return { seq, at: new Date(atMs).toISOString(), ...rest };
}
