import { childrenOf, elementAt, parentOf, rectOf } from '../dom/deep.ts';
import { skipped } from '../dom/shape.ts';
import { learnUsual } from '../dom/usual.ts';
import { askName } from '../react/ask.ts';
import { type Overlay, openOverlay, type Rect } from './overlay.ts';

export type Picked = { kind: 'element'; element: Element } | { kind: 'area'; element: Element; rect: Rect };
export type Picker = {
  key(key: string): boolean;
  stop(): void;
  /** For a picture of the page. */
  hide(hidden: boolean): void;
};
export type PickerEvents = {
  picked(picked: Picked): void;
  /** Escape, or somebody called it off. */
  left(): void;
};

/** Less than this is a click with an unsteady hand. */
const dragPx = 6;

/**
 * While it is open people point at parts of the page. The window's listeners take presses before anything of the page
 * hears of them: a dialog that closes when somebody presses outside of it stays. Menus that open under the pointer
 * never would under our surface: after F the pointer goes through to the page, and presses still pick.
 */
export function openPicker(many: boolean, events: PickerEvents): Picker {
  const overlay = openOverlay();
  learnUsual(overlay.surface.getRootNode() as ShadowRoot);
  const ended = new AbortController();
  const { signal } = ended;
  let target: Element | null = null;
  let from: { x: number; y: number } | null = null;
  let at = { x: 0, y: 0 };
  let frame = 0;
  let goesThrough = false;
  const marked: Element[] = [];

  const show = (element: Element | null) => {
    target = element;
    outline(overlay, element);
  };
  /** At most once a frame, however often the pointer moves. */
  const look = () => {
    frame = 0;
    if (signal.aborted) return;
    if (from && Math.hypot(at.x - from.x, at.y - from.y) > dragPx) {
      overlay.outline(null, '');
      overlay.area(between(from, at));
    } else {
      overlay.area(null);
      const found = elementAt(at.x, at.y, overlay.host);
      if (found !== target) show(found);
    }
  };
  const lookSoon = () => {
    frame ||= requestAnimationFrame(look);
  };
  const pick = (picked: Picked) => {
    marked.push(picked.element);
    if (!many) close();
    else overlay.marks(marked.filter(one => one.isConnected).map(rectOf));
    events.picked(picked);
  };
  const close = () => {
    ended.abort();
    swallowClick();
    cancelAnimationFrame(frame);
    overlay.remove();
  };
  const pickAt = (): void => {
    if (target?.isConnected) pick({ kind: 'element', element: target });
    // It went away under the pointer: what is there now takes its place, for another click.
    else show(elementAt(at.x, at.y, overlay.host));
  };
  const key = (name: string): boolean => {
    if (name === 'Escape') {
      close();
      events.left();
    } else if (name === 'Enter') pickAt();
    else if (name === 'ArrowUp') step(target && parentOf(target));
    else if (name === 'ArrowDown') step(target && firstVisible(childrenOf(target)));
    else if (name === 'ArrowLeft') step(beside(target, -1));
    else if (name === 'ArrowRight') step(beside(target, 1));
    else if (/^f$/i.test(name)) {
      goesThrough = !goesThrough;
      overlay.through(goesThrough);
    } else return false;
    return true;
  };
  const step = (next: Element | null) => {
    if (next?.isConnected) show(next);
  };

  const { surface } = overlay;
  const press: Partial<Record<string, (event: PointerEvent) => void>> = {
    pointermove(event) {
      at = { x: event.clientX, y: event.clientY };
      lookSoon();
    },
    pointerdown(event) {
      if (event.button !== 0) return;
      from = at = { x: event.clientX, y: event.clientY };
      if (!goesThrough) surface.setPointerCapture(event.pointerId);
    },
    pointerup(event) {
      const began = from;
      from = null;
      if (!began || event.button !== 0) return;
      at = { x: event.clientX, y: event.clientY };
      overlay.area(null);
      if (Math.hypot(at.x - began.x, at.y - began.y) > dragPx) {
        const rect = between(began, at);
        return pick({ kind: 'area', element: smallestAround(rect, overlay), rect });
      }
      const under = elementAt(at.x, at.y, overlay.host);
      if (!target || goesThrough) show(under);
      pickAt();
    },
    pointercancel() {
      from = null;
    },
  };
  const take = (event: Event) => {
    const isOver = goesThrough && hovering.has(event.type);
    if (event.target !== overlay.host && !goesThrough) return;
    if (event.isTrusted) press[event.type]?.(event as PointerEvent);
    // What opened under the pointer hears that it moves.
    if (isOver) return;
    // Focus stays where it is, and links lead nowhere.
    if (event.cancelable && !touches.has(event.type)) event.preventDefault();
    event.stopImmediatePropagation();
  };
  const options = { signal, capture: true };
  const onKey = (event: KeyboardEvent) => {
    if (!key(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener('keydown', onKey, options);
  for (const type of [...presses, ...touches, ...hovering]) addEventListener(type, take, options);
  addEventListener('scroll', () => show(target), { ...options, passive: true });
  addEventListener('resize', () => show(target), { signal });

  return { key, stop: close, hide: overlay.hide };
}

function outline(overlay: Overlay, element: Element | null): void {
  if (!element?.isConnected) {
    overlay.outline(null, '');
    return;
  }
  const rect = rectOf(element);
  const name = askName(element);
  const size = `${Math.round(rect.width)} × ${Math.round(rect.height)}`;
  overlay.outline(rect, `${name ? `${name} · ` : ''}${element.localName} · ${size}`);
}

const presses = [
  ...['pointerdown', 'pointerup', 'pointercancel', 'mousedown', 'mouseup', 'click', 'auxclick', 'dblclick'],
  ...['contextmenu', 'focusin', 'focusout'],
] as const;
const touches: ReadonlySet<string> = new Set(['touchstart', 'touchmove', 'touchend', 'touchcancel']);
const hovering: ReadonlySet<string> = new Set(['pointermove', 'mousemove', 'pointerover', 'mouseover']);

/** The press that ends picking is still followed by its `mouseup` and `click`: they are no one's of the page either. */
function swallowClick(): void {
  const over = new AbortController();
  const options = { signal: over.signal, capture: true };
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === 'click') over.abort();
  };
  for (const type of ['mouseup', 'click'] as const) addEventListener(type, swallow, options);
  // Where none follows (Escape ended it), the next press is the page's again.
  addEventListener('pointerdown', () => over.abort(), options);
  setTimeout(() => over.abort(), 300);
}

const between = (a: { x: number; y: number }, b: { x: number; y: number }): Rect => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
});

const firstVisible = (elements: readonly Element[]): Element | null =>
  elements.find(element => !skipped.has(element.localName) && rectOf(element).width > 0) ?? null;

function beside(element: Element | null, by: 1 | -1): Element | null {
  const parent = element && parentOf(element);
  if (!element || !parent) return null;
  const all = childrenOf(parent).filter(child => !skipped.has(child.localName));
  return all[all.indexOf(element) + by] ?? null;
}

/** The innermost element that holds the whole of an area. */
function smallestAround(rect: Rect, overlay: Overlay): Element {
  const middle = elementAt(rect.x + rect.width / 2, rect.y + rect.height / 2, overlay.host);
  for (let at = middle; at; at = parentOf(at)) {
    const box = rectOf(at);
    const holds =
      box.x <= rect.x + 1 &&
      box.y <= rect.y + 1 &&
      box.x + box.width >= rect.x + rect.width - 1 &&
      box.y + box.height >= rect.y + rect.height - 1;
    if (holds) return at;
  }
  return document.body ?? document.documentElement;
}
