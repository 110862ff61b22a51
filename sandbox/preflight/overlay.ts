import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The Dockerfile that lays the runtime over an image (build arguments DECKHAND_BASE and ROOT). */
export const overlayDockerfile = (): Promise<string> =>
  readFile(fileURLToPath(new URL('../overlay.Dockerfile', import.meta.url)), 'utf8');
