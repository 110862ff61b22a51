import { type Box, cropOf } from '@deckhand/shared/capture';
import type { PageLink } from '../pages/pageLink.ts';

export type Shot = { blob: Blob; url: string; width: number; height: number };
type Target = { pickId: string } | { box: Box } | null;

/** Chrome takes two pictures a second, no more. */
const betweenMs = 550;
let nextAtMs = 0;

/**
 * A picture of the tab, of an element or of an area. Where things are is asked before and after: what moved meanwhile would
 * be cropped wrongly, and a private part that moved would show; then it is taken again.
 */
export async function takeShot(
  link: PageLink,
  target: Target,
  redactSelectors: readonly string[],
): Promise<Shot | null> {
  const attempts = 4;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await turn();
    const before = await link.measure(target, { redactSelectors, clear: true });
    const isThere = before !== null && (target === null || before.box !== null);
    const picture = isThere ? await grab(link.tabId) : null;
    const after = await link.measure(target, { redactSelectors, clear: false });
    if (!before || !picture || !after) return null;
    if (picture === 'busy') continue;
    const still = JSON.stringify(before) === JSON.stringify(after);
    if (still || attempt === attempts)
      return cropped(picture, before.box, {
        viewport: before.viewport,
        privateBoxes: [...before.privateBoxes, ...after.privateBoxes],
      });
  }
  return null;
}

/** Each caller has a moment of its own, however many there are. */
async function turn(): Promise<void> {
  const atMs = Math.max(Date.now(), nextAtMs);
  nextAtMs = atMs + betweenMs;
  const waitMs = atMs - Date.now();
  if (waitMs > 0) await new Promise(resolve => setTimeout(resolve, waitMs));
}

/** What the tab shows; null where it may not be looked at. */
export async function visible(tabId: number): Promise<ImageBitmap | null> {
  for (let attempt = 0; attempt < 3; attempt++) {
    await turn();
    const picture = await grab(tabId);
    if (picture !== 'busy') return picture;
  }
  return null;
}

/** `busy`: the panel of another window took this moment. */
async function grab(tabId: number): Promise<ImageBitmap | 'busy' | null> {
  try {
    const { windowId, active } = await chrome.tabs.get(tabId);
    if (!active) return null;
    const url = await chrome.tabs.captureVisibleTab(windowId, { format: 'png' });
    // Another tab that came to the front meanwhile may be what was taken.
    if (!(await chrome.tabs.get(tabId)).active) return null;
    return createImageBitmap(await (await fetch(url)).blob());
  } catch (error) {
    return /MAX_CAPTURE_VISIBLE_TAB_CALLS_PER_SECOND/.test(String(error)) ? 'busy' : null;
  }
}

type Around = { viewport: { width: number; height: number }; privateBoxes: readonly Box[] };

/** Around an element some of its surroundings are shown, so that a border or shadow is seen whole. */
const marginPx = 8;

export async function cropped(
  picture: ImageBitmap,
  box: Box | null,
  { viewport, privateBoxes }: Around,
): Promise<Shot | null> {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.drawImage(picture, 0, 0);
  // Painted over, not blurred: what is blurred can be read again.
  context.fillStyle = '#495057';
  for (const hidden of privateBoxes) {
    const at = cropOf([hidden[0] - 1, hidden[1] - 1, hidden[2] + 2, hidden[3] + 2], picture, viewport);
    if (at) context.fillRect(at.x, at.y, at.width, at.height);
  }
  const [x, y, width, height] = box ?? [0, 0, viewport.width, viewport.height];
  const wanted: Box = box
    ? [x - marginPx, y - marginPx, width + 2 * marginPx, height + 2 * marginPx]
    : [x, y, width, height];
  const crop = cropOf(wanted, picture, viewport);
  if (!crop) return null;
  const out = new OffscreenCanvas(crop.width, crop.height);
  out
    .getContext('2d')
    ?.drawImage(canvas, crop.x, crop.y, crop.width, crop.height, 0, 0, crop.width, crop.height);
  const blob = await out.convertToBlob({ type: 'image/png' });
  return { blob, url: URL.createObjectURL(blob), width: crop.width, height: crop.height };
}
