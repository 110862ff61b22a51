import { z } from 'zod';
import type { Redactor } from '../redact/redactor.ts';
import { recordAnswerEvent, recordAskEvent } from './record.ts';

const lines = z.array(z.string().max(400)).max(50);
const Recorded = z.object({ console: lines, requests: lines });

/** What was recorded on a page that somebody allowed it on; nothing elsewhere. */
export function askRecorded(redactor: Redactor): { console?: string[]; requests?: string[] } {
  let said: unknown;
  const hear = (event: Event) => {
    event.stopImmediatePropagation();
    said = (event as CustomEvent<unknown>).detail;
  };
  addEventListener(recordAnswerEvent, hear, true);
  dispatchEvent(new CustomEvent(recordAskEvent));
  removeEventListener(recordAnswerEvent, hear, true);
  if (typeof said !== 'string' || said.length > 100_000) return {};
  try {
    const parsed = Recorded.parse(JSON.parse(said));
    const clean = (given: string[]) => given.map(line => redactor.text(line).slice(0, 400));
    return { console: clean(parsed.console), requests: clean(parsed.requests) };
  } catch {
    return {};
  }
}
