import { stat } from 'node:fs/promises';
import { unlessMissing } from './fault.ts';
import { attempt } from './run.ts';

/** First byte on the device and the byte behind the last; `from` below 0: not placed yet, so nobody shares it. */
type Extent = { from: number; to: number };

const unitBytes = 512;
const filesPerLook = 200;

/**
 * What files use of a file system that shares blocks between copies: each block counts once, however many files it
 * belongs to. The kernel says where the blocks of a file lie (FIEMAP); asked again only of files that changed.
 */
export class SharedBlocks {
  #known = new Map<string, { version: string; extents: Extent[] }>();

  async usedBytes(files: readonly string[]): Promise<number> {
    const stale: { file: string; version: string }[] = [];
    for (const file of files) {
      const about = await unlessMissing(stat(file));
      const version = about ? `${about.ino} ${about.mtimeMs} ${about.size} ${about.blocks}` : '';
      if (about && this.#known.get(file)?.version !== version) stale.push({ file, version });
    }
    for (let at = 0; at < stale.length; at += filesPerLook) {
      const some = stale.slice(at, at + filesPerLook);
      // A file that goes meanwhile spoils nothing: the others are told all the same.
      const { stdout } = await attempt(['filefrag', '-e', `-b${unitBytes}`, ...some.map(({ file }) => file)]);
      const told = parseFilefrag(stdout);
      for (const { file, version } of some) {
        const extents = told.get(file);
        if (extents) this.#known.set(file, { version, extents });
      }
    }
    const wanted = new Set(files);
    for (const file of this.#known.keys()) if (!wanted.has(file)) this.#known.delete(file);
    return unionBytes([...this.#known.values()].flatMap(({ extents }) => extents));
  }
}

/** Of each file its extents, from what `filefrag -e` prints. */
export function parseFilefrag(text: string): Map<string, Extent[]> {
  const files = new Map<string, Extent[]>();
  let open: Extent[] = [];
  for (const line of text.split('\n')) {
    const row = /^\s*\d+:\s*\d+\.\.\s*\d+:\s*(\d+)\.\.\s*\d+:\s*(\d+):(.*)$/.exec(line);
    const end = row ? null : /^(.*): \d+ extents? found/.exec(line);
    if (row) {
      const [, physical = '', length = '', flags = ''] = row;
      const bytes = Number(length) * unitBytes;
      const from = /unknown|delalloc|inline/.test(flags) ? -bytes : Number(physical) * unitBytes;
      open.push({ from, to: from + bytes });
    } else if (end) {
      files.set(end[1] ?? '', open);
      open = [];
    } else if (/^File size of /.test(line)) open = [];
  }
  return files;
}

/** Overlapping extents count once. */
export function unionBytes(extents: readonly Extent[]): number {
  let used = 0;
  let reached = 0;
  for (const { from, to } of extents.toSorted((a, b) => a.from - b.from)) {
    if (from < 0) used += to - from;
    else {
      used += Math.max(0, to - Math.max(from, reached));
      reached = Math.max(reached, to);
    }
  }
  return used;
}
