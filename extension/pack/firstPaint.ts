import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As `Waiting` of `src/panel/App.tsx`, which takes its place. */
const waiting =
  '<div class="dh panel"><header class="panel-head"><span class="panel-place">Deckhand</span></header></div>';

/**
 * Plasmo's code mounts the panel when the document says that it is there, which was before its script came. A panel that
 * nobody sees draws no frame, and must not wait for one.
 */
const start = `const { script } = document.currentScript.dataset;
let started = false;
const read = () => {
  if (started) return;
  started = true;
  const element = Object.assign(document.createElement('script'), { src: script });
  element.addEventListener('load', () => document.dispatchEvent(new Event('DOMContentLoaded')));
  document.head.append(element);
};
requestAnimationFrame(() => setTimeout(read));
setTimeout(read, 250);
`;

/**
 * Running the panel's script takes most of the time until it shows something, and Chrome draws nothing before a page's
 * scripts have run: so its frame is drawn first, and the script, fetched meanwhile, is run behind that.
 */
export async function paintFirst(dir: string): Promise<void> {
  const path = join(dir, 'sidepanel.html');
  const html = await readFile(path, 'utf8');
  const whole = html
    .replace('<div id="__plasmo"></div>', `<div id="__plasmo">${waiting}</div>`)
    .replace(
      /<script src="(\/sidepanel\.\w+\.js)" defer><\/script>/,
      '<link rel="preload" as="script" href="$1"><script src="/start.js" data-script="$1" defer></script>',
    );
  if (!whole.includes(waiting) || !whole.includes('data-script'))
    throw new Error('sidepanel.html is not as Plasmo wrote it before');
  await writeFile(join(dir, 'start.js'), start);
  await writeFile(path, whole);
}
