import '../noEval.ts';
import { Box } from '@deckhand/shared/capture';
import { useEffect, useRef, useState } from 'react';
import { z } from 'zod';
import { type FromPreview, previewPort, ToPreview } from '../previewMessages.ts';

const Found = z.object({
  type: z.literal('deckhand-found'),
  askId: z.string(),
  box: Box.nullable(),
  privateBoxes: z.array(Box).max(500),
});

/** Within this time an app should have drawn what is looked for. */
const patienceMs = 15_000;
const everyMs = 150;
/** The same place so many times in a row: the app has come to rest. */
const restful = 3;

/** The frame around a preview. What it shows comes from the panel alone: opened by a page it stays empty. */
export default function Preview() {
  const frame = useRef<HTMLIFrameElement>(null);
  const port = useRef<chrome.runtime.Port | null>(null);
  const [shown, setShown] = useState<ToPreview | null>(null);
  useEffect(() => {
    const open = chrome.runtime.connect({ name: previewPort(location.hash.slice(1)) });
    port.current = open;
    open.onMessage.addListener((message: unknown) => {
      const parsed = ToPreview.safeParse(message);
      if (parsed.success) setShown(parsed.data);
    });
    return () => open.disconnect();
  }, []);
  useEffect(() => {
    if (shown) return watchFrame(frame, shown, message => port.current?.postMessage(message));
  }, [shown]);
  return shown ? (
    <iframe
      ref={frame}
      src={shown.url}
      title="Preview"
      style={{ position: 'fixed', inset: 0, width: '100%', height: '100%', border: 0 }}
    />
  ) : null;
}

function watchFrame(
  frame: React.RefObject<HTMLIFrameElement | null>,
  { url, selector, hidden }: ToPreview,
  tell: (message: FromPreview) => void,
): () => void {
  const { origin } = new URL(url);
  const startedAt = Date.now();
  let before = '';
  let same = 0;
  const ask = () =>
    frame.current?.contentWindow?.postMessage(
      { type: 'deckhand-find', askId: selector, selector, hidden },
      origin,
    );
  const timer = setInterval(() => {
    if (Date.now() - startedAt < patienceMs) return ask();
    clearInterval(timer);
    tell({ type: 'missing' });
  }, everyMs);
  const hear = (event: MessageEvent) => {
    if (event.source !== frame.current?.contentWindow || event.origin !== origin) return;
    const found = Found.safeParse(event.data);
    if (!found.success || !found.data.box) return;
    const now = JSON.stringify(found.data);
    same = now === before ? same + 1 : 1;
    before = now;
    if (same < restful) return;
    clearInterval(timer);
    removeEventListener('message', hear);
    const { box, privateBoxes } = found.data;
    tell({ type: 'found', box, privateBoxes, viewport: { width: innerWidth, height: innerHeight } });
  };
  addEventListener('message', hear);
  return () => {
    clearInterval(timer);
    removeEventListener('message', hear);
  };
}
