import type { Blobs } from '../../platform/blobs.ts';
import { singleFlight } from '../../platform/singleFlight.ts';
import { type ArchiveFile, openArchive } from './archiveFile.ts';

const maxOpen = 32;
const closeAfterMs = 60_000;

type Opened = { file: ArchiveFile; timer: NodeJS.Timeout };

/** The archives in the blob store, those that were read of late kept open. */
export class Archives {
  readonly blobs: Blobs;
  /** Restores of this process: many writers of one session wait for the same. */
  readonly restoring = singleFlight<string, void>();
  #opened = new Map<string, Opened>();

  constructor(blobs: Blobs) {
    this.blobs = blobs;
  }

  /** What `use` finds in the archive, or null where there is no such blob. */
  async read<T>(blob: string, use: (file: ArchiveFile) => T): Promise<{ value: T } | null> {
    const path = this.#opened.has(blob) ? '' : await this.blobs.file(blob);
    if (path === null) return null;
    const opened = this.#opened.get(blob) ?? this.#open(blob, path);
    if (!opened) return null;
    opened.timer.refresh();
    // Asked for last, closed last.
    this.#opened.delete(blob);
    this.#opened.set(blob, opened);
    return { value: use(opened.file) };
  }

  close(): void {
    for (const blob of this.#opened.keys()) this.#close(blob);
  }

  #open(blob: string, path: string): Opened | null {
    const file = openArchive(path);
    if (!file) return null;
    const [eldest] = this.#opened.keys();
    if (eldest !== undefined && this.#opened.size >= maxOpen) this.#close(eldest);
    const opened = { file, timer: setTimeout(() => this.#close(blob), closeAfterMs).unref() };
    this.#opened.set(blob, opened);
    return opened;
  }

  #close(blob: string): void {
    const opened = this.#opened.get(blob);
    this.#opened.delete(blob);
    clearTimeout(opened?.timer);
    opened?.file.close();
  }
}
