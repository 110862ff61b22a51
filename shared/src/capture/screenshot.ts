import type { Box } from './capture.ts';

/** CSS pixels of the viewport to pixels of a screenshot of it, and within its edges. Null where nothing is left. */
export function cropOf(
  box: Box,
  image: { width: number; height: number },
  viewport: { width: number; height: number },
): { x: number; y: number; width: number; height: number } | null {
  // The image says the true scale: zoom and the display's ratio are both in it.
  const scaleX = image.width / viewport.width;
  const scaleY = image.height / viewport.height;
  const left = Math.max(0, Math.floor(box[0] * scaleX));
  const top = Math.max(0, Math.floor(box[1] * scaleY));
  const right = Math.min(image.width, Math.ceil((box[0] + box[2]) * scaleX));
  const bottom = Math.min(image.height, Math.ceil((box[1] + box[3]) * scaleY));
  if (right <= left || bottom <= top) return null;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
