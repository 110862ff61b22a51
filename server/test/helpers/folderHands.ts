import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Hands, Source } from '../../src/sandboxes/hands.ts';

/** The part of a sandbox's runtime that git's scripts need, on a folder in the place of /work. Counts what is run. */
export function folderHands(work: string): { hands: Hands; runs: () => number } {
  let runs = 0;
  const placed = (text: string) => (text.startsWith('/work/') ? join(work, text.slice(6)) : text);
  const hands = {
    async run(argv: string[], options: { stdin?: string | Readable }) {
      runs += 1;
      const { stdin = '' } = options;
      const input = typeof stdin === 'string' ? stdin : await buffer(stdin);
      const done = spawnSync(argv[0] ?? '', argv.slice(1).map(placed), {
        cwd: work,
        env: { WORK: work },
        input,
      });
      return { ok: true, code: done.status, stdout: done.stdout, stderr: done.stderr, timedOut: false };
    },
    async put(path: string, from: Readable) {
      writeFileSync(placed(path), await buffer(from));
      return { ok: true };
    },
    get(source: Source) {
      if ('path' in source) return createReadStream(placed(source.path));
      const [name = '', ...args] = source.argv;
      return spawn(name, args.map(placed), { cwd: work, env: { WORK: work } }).stdout;
    },
  };
  return { hands: hands as unknown as Hands, runs: () => runs };
}
