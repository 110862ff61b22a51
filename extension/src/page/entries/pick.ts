import { z } from 'zod';
import { portName, type ToPage } from '../../messages.ts';
import { servePanel } from '../serve.ts';

// Compiled parsers would need `new Function`, which a strict page's policy reports.
z.config({ jitless: true });

/** Put into a page more than once, it listens once: only the extension itself can connect. */
const mark = 'deckhandServes';
const world = globalThis as { [mark]?: boolean };
if (!world[mark]) {
  world[mark] = true;
  chrome.runtime.onConnect.addListener(port => {
    if (port.name !== portName || port.sender?.id !== chrome.runtime.id) return;
    const served = servePanel(port);
    port.onMessage.addListener(message => served.take(message as ToPage));
    port.onDisconnect.addListener(() => served.close());
    port.postMessage({ type: 'ready', url: location.href });
  });
}
