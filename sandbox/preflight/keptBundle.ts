import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Programs as they were bundled, and the digest of each file that went in. */
const Kept = z.object({
  key: z.string(),
  inputs: z.record(z.string(), z.string()),
  programs: z.array(z.object({ name: z.string(), text: z.string() })),
});
export type Bundled = { inputs: readonly string[]; programs: z.infer<typeof Kept>['programs'] };

/**
 * What `bundle` made the last time, where nothing that went into it has changed: bundling holds up a start for longer
 * than all else. `inputs` are paths below `root`; `key` names what else it depends on.
 */
export function keptBundle(
  file: string,
  { root, key }: { root: string; key: string },
  bundle: () => Bundled,
): Bundled['programs'] {
  const kept = read(file);
  if (
    kept?.key === key &&
    Object.entries(kept.inputs).every(([path, digest]) => digestOf(join(root, path)) === digest)
  )
    return kept.programs;
  const { inputs, programs } = bundle();
  const digests = inputs.map(path => [path, digestOf(join(root, path)) ?? 'gone'] as const);
  write(file, { key, inputs: Object.fromEntries(digests), programs });
  return programs;
}

function digestOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('base64');
  } catch {
    return null;
  }
}

function read(file: string): z.infer<typeof Kept> | null {
  try {
    return Kept.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** Written aside and renamed: others may start at the same time. A folder that cannot be written costs time only. */
function write(file: string, kept: z.infer<typeof Kept>): void {
  const aside = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(aside, JSON.stringify(kept));
    renameSync(aside, file);
  } catch {}
}
