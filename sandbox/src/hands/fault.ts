import { readFileSync, rmSync } from 'node:fs';
import { faultPath } from './places.ts';

const enabled = process.env.DECKHAND_FAULTS === '1';

/** Dies here, once, where a test asked for it by name. Containers of a server never have this enabled. */
export function fault(point: 'after-intent' | 'after-spawn' | 'after-rc' | 'after-write'): void {
  if (!enabled) return;
  try {
    if (readFileSync(faultPath, 'utf8').trim() !== point) return;
  } catch {
    return;
  }
  rmSync(faultPath, { force: true });
  process.kill(process.pid, 'SIGKILL');
}
