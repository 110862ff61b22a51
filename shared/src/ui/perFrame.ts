/** How long a page that nobody sees may show what was. */
const hiddenMs = 250;

/**
 * Shows the newest of what comes, once a frame at most: a screen has no use for more. `stop` shows nothing any more.
 */
export function perFrame<T>(show: (newest: T) => void): { push: (value: T) => void; stop: () => void } {
  let newest: { value: T } | null = null;
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    const shown = newest;
    newest = null;
    if (shown) show(shown.value);
  };
  return {
    push(value) {
      const waits = newest !== null;
      newest = { value };
      if (waits) return;
      frame = requestAnimationFrame(now);
      // A page in the background has no frames, but a title that tells what goes on.
      timer = setTimeout(now, hiddenMs);
    },
    stop() {
      newest = null;
      now();
    },
  };
}
