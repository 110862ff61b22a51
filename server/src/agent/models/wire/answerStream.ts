import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ModelFailure, type ModelSettings, toModelFailure } from '../../modelError.ts';
import type { Liveness } from './liveness.ts';
import { signOf } from './signs.ts';
import { ChatChunks } from './straighten.ts';
import { errorIn } from './streamErrors.ts';

/** Of one answer, as it comes over the wire: more is no answer of use, and would be held in memory. */
const mostBytes = 128 * 1024 * 1024;

type Watched = { liveness: Liveness; settings: ModelSettings; binary: boolean };

/** An answer's bytes as a provider may read them. What came before an error is read before the error is. */
export function answerStream(
  body: ReadableStream<Uint8Array>,
  { liveness, settings, binary }: Watched,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const events = new Events(liveness);
  let bytes = 0;
  return new ReadableStream({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) {
            liveness.end();
            controller.close();
            return;
          }
          bytes += value.byteLength;
          if (bytes > mostBytes) throw endless();
          if (binary) liveness.alive(false);
          const passed = binary ? value : events.take(value);
          if (passed.byteLength > 0) controller.enqueue(passed);
          if (events.error !== undefined) throw toModelFailure(events.error, settings);
          if (passed.byteLength > 0) return;
        }
      } catch (error) {
        liveness.end();
        reader.cancel().catch(() => {});
        controller.error(liveness.signal.aborted ? liveness.signal.reason : error);
      }
    },
    async cancel(reason) {
      liveness.end();
      await reader.cancel(reason);
    },
  });
}

const endless = () =>
  new ModelFailure(
    'model_unavailable',
    `The model's answer had no end: it was cut off after ${mostBytes / 1024 / 1024} MiB. Prompt again to retry, or choose another model.`,
    { retry: false },
  );

/** Server-sent events, read and written again: without comments, with plain line ends, chunks straightened. */
class Events {
  error: unknown;
  #liveness: Liveness;
  #passed: string[] = [];
  #chunks = new ChatChunks();
  #decoder = new TextDecoder();
  #encoder = new TextEncoder();
  #parser = createParser({ onEvent: event => this.#onEvent(event) });

  constructor(liveness: Liveness) {
    this.#liveness = liveness;
  }

  take(bytes: Uint8Array): Uint8Array {
    this.#passed = [];
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    return this.#encoder.encode(this.#passed.join(''));
  }

  #onEvent({ data, event }: EventSourceMessage): void {
    // What follows an error is no part of an answer.
    if (this.error !== undefined) return;
    const named = event === undefined ? '' : `event: ${event}\n`;
    let json: unknown;
    try {
      json = JSON.parse(data);
    } catch {
      // `[DONE]`, or what the provider may refuse itself.
      this.#passed.push(`${named}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`);
      return;
    }
    this.error = errorIn(json, event);
    if (this.error !== undefined) return;
    const sign = signOf(json);
    if (sign !== 'none') this.#liveness.alive(sign === 'reasons');
    this.#chunks.straighten(json);
    this.#passed.push(`${named}data: ${JSON.stringify(json)}\n\n`);
  }
}
