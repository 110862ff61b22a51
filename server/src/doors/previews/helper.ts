/**
 * Put into pages of a preview: tells the sidebar, and nobody else, where an element is, so that it can be photographed.
 * It answers only the window around it, and only where that is an extension's page.
 */
export const helperPath = '/__deckhand/helper.js';
export const helperTag = `<script src="${helperPath}"></script>`;

export const helperScript = `(() => {
  if (window.parent === window) return;
  const shadowOf = element => element.shadowRoot;
  const find = selector => {
    let root = document, found = null;
    for (const step of selector.split(' >>> ')) {
      if (found) root = found.contentDocument || shadowOf(found);
      try { found = root && root.querySelector(step); } catch { found = null; }
      if (!found) return null;
    }
    return found;
  };
  const boxOf = element => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; };
  addEventListener('message', event => {
    if (event.source !== window.parent || !/^chrome-extension:\\/\\/[a-p]{32}$/.test(event.origin)) return;
    const { type, askId, selector, hidden } = event.data || {};
    if (type !== 'deckhand-find') return;
    const element = selector ? find(String(selector)) : null;
    let privateBoxes = [];
    try { privateBoxes = [...document.querySelectorAll(String(hidden))].slice(0, 500).map(boxOf); } catch {}
    event.source.postMessage({ type: 'deckhand-found', askId, box: element && boxOf(element), privateBoxes }, event.origin);
  });
  window.parent.postMessage({ type: 'deckhand-ready' }, '*');
})();
`;
