import type { Capture, CloseLook, Rendered } from '@deckhand/shared/capture';
import type { Work } from '../worker/render.ts';

let worker: Worker | null = null;
let next = 1;
const waiting = new Map<number, (rendered: Rendered) => void>();

/** A capture as the model will read it, within a budget. */
export const rendered = (capture: Capture, tokens: number) => ask({ capture }, tokens);

/** A node of one, where the agent asked for more of it. */
export const renderedLook = (look: CloseLook, tokens: number) => ask({ look }, tokens);

/** The worker starts with the first. */
function ask(work: Work, tokens: number): Promise<Rendered> {
  if (!worker) {
    worker = new Worker(chrome.runtime.getURL('worker/render.js'));
    worker.onmessage = ({ data }: MessageEvent<Rendered & { id: number }>) => {
      waiting.get(data.id)?.({ text: data.text, tokens: data.tokens });
      waiting.delete(data.id);
    };
  }
  const id = next++;
  const { promise, resolve } = Promise.withResolvers<Rendered>();
  waiting.set(id, resolve);
  worker.postMessage({ id, tokens, ...work });
  return promise;
}
