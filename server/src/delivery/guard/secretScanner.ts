import { Worker } from 'node:worker_threads';
import { Refused } from './limits.ts';
import type { Finding, ScanAnswer, ScanRequest } from './scanWorker.ts';

const memoryMiB = 256;

/** Looks for secrets in text that may be hostile. One text at a time, in a thread that is ended where it hangs. */
export class SecretScanner {
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #mostMs: number;

  /** `mostMs`: for one text; a few hundredths of a second are usual. */
  constructor(mostMs = 20_000) {
    this.#mostMs = mostMs;
  }

  /** Throws Refused where the text cannot be looked through, and the signal's reason. */
  scan(request: ScanRequest, signal: AbortSignal): Promise<Finding[]> {
    const next = this.#last.then(() => this.#scan(request, signal));
    this.#last = next.catch(() => {});
    return next;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }

  async #scan(request: ScanRequest, signal: AbortSignal): Promise<Finding[]> {
    signal.throwIfAborted();
    const worker = this.#running();
    const { promise, resolve } = Promise.withResolvers<ScanAnswer>();
    const fail = () => resolve({ ok: false });
    const timer = setTimeout(fail, this.#mostMs);
    signal.addEventListener('abort', fail, { once: true });
    worker.once('message', resolve).once('exit', fail);
    worker.postMessage(request);
    const answer = await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', fail);
    worker.off('message', resolve).off('exit', fail);
    if (answer.ok) return answer.findings;
    // Its answer would be taken for that to the next text.
    await this.close();
    signal.throwIfAborted();
    throw new Refused(`${request.path} could not be looked through for secrets.`);
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./scanWorker.ts', import.meta.url), {
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    worker.unref();
    // It ends with it, and whoever waits hears of that.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    this.#worker = worker;
    return worker;
  }
}
