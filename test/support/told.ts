import { patienceMs } from './patience.ts';

/** Waits for something that an emulated service is to be told. */
export async function told<T>(look: () => T | undefined | false): Promise<T> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > untilMs) throw new Error('it was not told in time');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
