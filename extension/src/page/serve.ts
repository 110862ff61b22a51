import type { Expanded, FromPage, PickOptions, ToPage } from '../messages.ts';
import { capture, privacyOf } from './capture.ts';
import { isWithin, rectOf } from './dom/deep.ts';
import { treeOf } from './dom/tree.ts';
import { measure } from './measure.ts';
import { openOverlay } from './picker/overlay.ts';
import { openPicker, type Picked, type Picker } from './picker/picker.ts';
import { showPreview } from './picker/previewFrame.ts';
import { createNumbers, newPickId } from './picks.ts';
import { sayBye } from './react/ask.ts';
import { withSourceMaps } from './react/symbolicate.ts';
import { privateAround } from './redact/fields.ts';

type Port = { postMessage(message: FromPage): void };
type Kept = { element: WeakRef<Element>; box: [number, number, number, number] | null };

/** One panel's hold on this page; when the panel lets go nothing of ours is left in it. */
export function servePanel(port: Port) {
  const numbers = createNumbers();
  const picks = new Map<string, Kept>();
  let options: PickOptions = { fields: true, redactSelectors: [] };
  let picker: Picker | null = null;
  let preview: { remove(): void } | null = null;
  let lastFlash: { remove(): void } | null = null;

  const elementOf = (pickId: string) => {
    const element = picks.get(pickId)?.element.deref();
    return element?.isConnected ? element : null;
  };
  const take = (picked: Picked) => {
    const pickId = newPickId();
    const startedAt = performance.now();
    const rect = picked.kind === 'area' ? picked.rect : null;
    const box: Kept['box'] = rect && [rect.x, rect.y, rect.width, rect.height];
    let taken: ReturnType<typeof capture>;
    try {
      taken = capture(picked.element, {
        pickId,
        kind: picked.kind,
        ...(box ? { box } : {}),
        fields: options.fields,
        redactSelectors: options.redactSelectors,
        idOf: numbers.idOf,
      });
    } catch {
      return port.postMessage({ type: 'failed', message: 'This part of the page could not be read.' });
    }
    picks.set(pickId, { element: new WeakRef(picked.element), box });
    port.postMessage({ type: 'picked', capture: taken.capture, tookMs: performance.now() - startedAt });
    void withSourceMaps(taken.capture, taken.raw).then(better => {
      if (better !== taken.capture && picks.has(pickId))
        port.postMessage({ type: 'better', capture: better });
    });
  };
  const expand = (asked: Extract<ToPage, { type: 'expand' }>): Expanded | null => {
    const picked = elementOf(asked.pickId);
    const element = numbers.find(asked.node);
    // Numbers are of all that was picked here; what was not sent is not told.
    if (!picked || !element || !isWithin(element, picked)) return null;
    const { selector, redactor } = privacyOf(asked.redactSelectors);
    const node = treeOf(privateAround(element, selector) ?? element, {
      redactor,
      selector,
      idOf: numbers.idOf,
      bounds: { nodes: 400, depth: 30, rows: 12 },
      components: true,
    });
    flash(element);
    return { node, redacted: redactor.counts() };
  };
  const flash = (element: Element) => {
    lastFlash?.remove();
    const overlay = openOverlay({ clickThrough: true });
    overlay.marks([rectOf(element)]);
    lastFlash = overlay;
    setTimeout(() => overlay.remove(), 1200);
  };

  const tellMeasures = ({ target, askId, redactSelectors }: Extract<ToPage, { type: 'measure' }>) => {
    const element = target && 'pickId' in target ? elementOf(target.pickId) : null;
    const measured = measure(element, redactSelectors);
    const area = target && 'pickId' in target ? picks.get(target.pickId)?.box : null;
    if (target && 'box' in target) measured.box = target.box;
    else if (area && element) measured.box = area;
    port.postMessage({ type: 'measured', askId, measured });
  };

  return {
    take(message: ToPage): void {
      switch (message.type) {
        case 'start':
          options = message.options;
          picker?.stop();
          picker = openPicker(message.many, { picked: take, left: () => port.postMessage({ type: 'left' }) });
          return;
        case 'stop':
          picker?.stop();
          return;
        case 'whole':
          options = message.options;
          take({ kind: 'element', element: document.body ?? document.documentElement });
          return;
        case 'key':
          picker?.key(message.key);
          return;
        case 'measure':
          picker?.hide(message.clear);
          if (message.clear) lastFlash?.remove();
          if (message.clear) onceDrawn(() => tellMeasures(message));
          else tellMeasures(message);
          return;
        case 'expand':
          port.postMessage({ type: 'expanded', askId: message.askId, expanded: expand(message) });
          return;
        case 'preview': {
          preview?.remove();
          // Only our own page is put there, whatever is asked.
          const ours = message.url?.startsWith(chrome.runtime.getURL('')) === true;
          preview = message.url !== null && ours ? showPreview(message.url) : null;
          port.postMessage({ type: 'previewed', askId: message.askId, shown: preview !== null });
          return;
        }
        case 'highlight': {
          const element = elementOf(message.pickId);
          if (element) flash(element);
          return;
        }
      }
    },
    close(): void {
      picker?.stop();
      lastFlash?.remove();
      preview?.remove();
      picks.clear();
      sayBye(window);
    },
  };
}

/** When what was changed is on the screen. A tab that lies behind draws nothing and is not waited for. */
function onceDrawn(act: () => void): void {
  let over = false;
  const once = () => {
    if (!over) act();
    over = true;
  };
  requestAnimationFrame(() => requestAnimationFrame(once));
  setTimeout(once, 500);
}
