import type { Client } from '@deckhand/shared/client';
import { FromPreview, previewPort, type ToPreview } from '../../previewMessages.ts';
import { cropped, type Shot, visible } from '../picking/shot.ts';
import type { PageLink } from './pageLink.ts';

export type Previewed = { ok: true; shot: Shot | null } | { ok: false; message: string };

/** Fields and marks whose content no picture shows; the same as on the live page, in one selector. */
const privateParts =
  'input[type=password],[autocomplete^=cc-],[autocomplete=one-time-code],[autocomplete$=password],[data-private],[data-sensitive],[data-redact],.sentry-mask,.rr-mask,.fs-mask';

type Wanted = {
  client: Client;
  link: PageLink;
  sessionId: string;
  selector: string;
  path: string;
  /** Origin of the live page. */
  over: string;
  redactSelectors: readonly string[];
};

/** Shows the changed page over the live one and takes a picture of the same element in it. */
export async function showChanged(wanted: Wanted): Promise<Previewed> {
  const { client, link, sessionId, selector, path, over, redactSelectors } = wanted;
  const opened = await client.http['preview.open']({ sessionId, path, over });
  if (!opened.ok) return opened;
  const id = crypto.randomUUID();
  const hidden = [privateParts, ...redactSelectors].join(',');
  const answer = hearFrame(id, { url: opened.url, selector, hidden });
  const shown = await link.preview(`${chrome.runtime.getURL('tabs/preview.html')}#${id}`);
  if (!shown) return { ok: false, message: 'The preview could not be shown on this page.' };
  const found = await answer;
  if (found?.type !== 'found') return { ok: true, shot: null };
  const picture = await visible(link.tabId);
  if (!picture) return { ok: false, message: 'No picture of the preview could be taken.' };
  return { ok: true, shot: await cropped(picture, found.box, found) };
}

/** A preview that never says a word is none; an app may need a while to start. */
const patienceMs = 30_000;

function hearFrame(id: string, shown: ToPreview): Promise<FromPreview | null> {
  const { promise, resolve } = Promise.withResolvers<FromPreview | null>();
  const onConnect = (port: chrome.runtime.Port) => {
    // Only a page of ours can connect; which preview it asks for, nobody else knows.
    if (port.name !== previewPort(id) || port.sender?.id !== chrome.runtime.id) return;
    port.onMessage.addListener((value: unknown) => {
      const parsed = FromPreview.safeParse(value);
      if (parsed.success) resolve(parsed.data);
    });
    port.postMessage(shown);
  };
  chrome.runtime.onConnect.addListener(onConnect);
  const timer = setTimeout(() => resolve(null), patienceMs);
  return promise.finally(() => {
    clearTimeout(timer);
    chrome.runtime.onConnect.removeListener(onConnect);
  });
}
