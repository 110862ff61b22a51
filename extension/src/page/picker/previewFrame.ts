/**
 * Shows the changed page over the live one, of the same size, so that a picture of either is comparable with the other. In
 * it is a page of the extension's own, which no policy of the live page keeps out, and in that the preview.
 */
export function showPreview(src: string): { remove(): void } {
  const host = document.createElement('deckhand-preview');
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ':host { all: initial !important; position: fixed !important; inset: 0 !important; width: 100vw !important; height: 100vh !important; margin: 0 !important; padding: 0 !important; border: 0 !important; z-index: 2147483647 !important; background: #fff !important; } iframe { width: 100%; height: 100%; border: 0; display: block; }',
  );
  root.adoptedStyleSheets = [sheet];
  const frame = document.createElement('iframe');
  frame.src = src;
  root.append(frame);
  host.setAttribute('popover', 'manual');
  document.documentElement.append(host);
  try {
    host.showPopover();
  } catch {
    // No top layer here; the style above is enough.
  }
  return { remove: () => host.remove() };
}
