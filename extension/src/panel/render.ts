import type { Capture, Rendered } from '@deckhand/shared/capture';

let worker: Worker | null = null;
let next = 1;
const waiting = new Map<number, (rendered: Rendered) => void>();

/** A capture as the model will read it, within a budget. The worker starts with the first. */
export function rendered(capture: Capture, tokens: number): Promise<Rendered> {
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
  worker.postMessage({ id, capture, tokens });
  return promise;
}
