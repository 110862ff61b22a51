import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';

const Note = z.object({
  when: z.enum(['now', 'kept']),
  atMs: z.number(),
  rss: z.number(),
  heapUsed: z.number(),
  external: z.number(),
});
const MiB = 1024 * 1024;
const report = fileURLToPath(new URL('./memoryReport.mjs', import.meta.url));

/** Of one part of a run, in MiB: what the heap held behind major collections, what lay beside it, what the machine gave. */
export type MemoryPart = {
  heap: number;
  external: number;
  rss: number;
  mostRss: number;
  collections: number;
};

/** The memory of a server under test over a run, told by itself. */
export async function memoryReport() {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-memory-'));
  const file = join(dir, 'notes');
  return {
    /** For the environment of the server. */
    env: { NODE_OPTIONS: `--import=${pathToFileURL(report)}`, DECKHAND_TEST_MEMORY_FILE: file },
    /** The time from the first note to the last, in so many equal parts. */
    async parts(count: number): Promise<MemoryPart[]> {
      const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
      const notes = lines.map(line => Note.parse(JSON.parse(line)));
      const first = notes[0]?.atMs ?? 0;
      const each = ((notes.at(-1)?.atMs ?? 0) - first) / count;
      return Array.from({ length: count }, (_, part) => {
        const within = notes.filter(
          ({ atMs }) => Math.min(count - 1, Math.floor((atMs - first) / each)) === part,
        );
        const kept = within.filter(({ when }) => when === 'kept');
        const rss = within.filter(({ when }) => when === 'now').map(note => note.rss);
        return {
          heap: median(kept.map(({ heapUsed }) => heapUsed)),
          external: median(kept.map(({ external }) => external)),
          rss: median(rss),
          mostRss: Math.round(Math.max(0, ...rss) / MiB),
          collections: kept.length,
        };
      });
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}

const median = (bytes: readonly number[]) =>
  Math.round((10 * (bytes.toSorted((a, b) => a - b)[bytes.length >> 1] ?? 0)) / MiB) / 10;
