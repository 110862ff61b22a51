/**
 * The one element that picking puts into a page: a host with a closed shadow root, in the top layer, so that nothing of
 * the page lies above it, styles it or is moved by it. It takes the pointer, so no click reaches the page.
 */
export type Overlay = {
  host: HTMLElement;
  surface: HTMLElement;
  outline(rect: Rect | null, label: string): void;
  area(rect: Rect | null): void;
  /** Draws what was picked already. */
  marks(rects: readonly Rect[]): void;
  /** Whether the pointer goes through to the page, so that what opens under it opens and stays. */
  through(through: boolean): void;
  /** Out of sight; the pointer is still taken. */
  hide(hidden: boolean): void;
  remove(): void;
};
export type Rect = { x: number; y: number; width: number; height: number };

const css = `
  :host { all: initial !important; position: fixed !important; inset: 0 !important; width: 100vw !important; height: 100vh !important; margin: 0 !important; padding: 0 !important; border: 0 !important; background: none !important; overflow: hidden !important; z-index: 2147483647 !important; display: block !important; }
  .surface { position: fixed; inset: 0; cursor: crosshair; touch-action: none; }
  .box { position: fixed; left: 0; top: 0; box-sizing: border-box; pointer-events: none; display: none; will-change: transform; }
  .outline { border: 2px solid #0b7285; background: rgb(11 114 133 / 12%); border-radius: 3px; }
  .area { border: 2px dashed #d9480f; background: rgb(217 72 15 / 12%); }
  .mark { border: 2px solid #2f9e44; border-radius: 3px; display: block; }
  .label { position: fixed; left: 0; top: 0; display: none; pointer-events: none; font: 12px/1.4 system-ui, sans-serif; color: #fff; background: #0b4f5c; padding: 2px 7px; border-radius: 4px; max-width: 60vw; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
`;

/** Over a page that people go on using. From outside nothing could be said against the style of the host above. */
const throughCss = ':host, .surface { pointer-events: none !important; cursor: auto; }';

export function openOverlay({ clickThrough = false } = {}): Overlay {
  const host = document.createElement('deckhand-picker');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(clickThrough ? css + throughCss : css);
  root.adoptedStyleSheets = [sheet];
  const part = (name: string) => {
    const element = document.createElement('div');
    element.className = name;
    root.append(element);
    return element;
  };
  const surface = part('surface');
  const markLayer = part('marks');
  const outline = part('box outline');
  const area = part('box area');
  const label = part('label');
  host.setAttribute('popover', 'manual');
  host.setAttribute('aria-hidden', 'true');
  place(host);

  const draw = (box: HTMLElement, rect: Rect | null) => {
    box.style.display = rect ? 'block' : 'none';
    if (!rect) return;
    box.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
    box.style.width = `${rect.width}px`;
    box.style.height = `${rect.height}px`;
  };
  return {
    host,
    surface,
    through(through) {
      sheet.replaceSync(through || clickThrough ? css + throughCss : css);
    },
    outline(rect, text) {
      draw(outline, rect);
      label.style.display = rect ? 'block' : 'none';
      if (!rect) return;
      label.textContent = text;
      const above = rect.y >= 24 ? rect.y - 24 : Math.min(rect.y + rect.height + 4, innerHeight - 24);
      label.style.transform = `translate(${Math.max(4, Math.min(rect.x, innerWidth - 120))}px, ${above}px)`;
    },
    area: rect => draw(area, rect),
    marks(rects) {
      markLayer.replaceChildren(
        ...rects.map(rect => {
          const mark = document.createElement('div');
          mark.className = 'box mark';
          draw(mark, rect);
          return mark;
        }),
      );
    },
    hide(hidden) {
      for (const drawn of [markLayer, outline, area, label]) drawn.style.visibility = hidden ? 'hidden' : '';
    },
    remove: () => host.remove(),
  };
}

/** A modal dialog or a full-screen element makes everything outside of it dead: then it goes inside. */
function place(host: HTMLElement): void {
  const dialogs = document.querySelectorAll('dialog:modal');
  const parent = dialogs[dialogs.length - 1] ?? document.fullscreenElement ?? document.documentElement;
  parent.append(host);
  try {
    host.showPopover();
  } catch {
    // A document that is no page (XML) has no top layer; the style above is enough there.
  }
}
