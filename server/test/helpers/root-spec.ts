import { Readable } from 'node:stream';
import tar from 'tar-stream';
import type { RootSpec } from '../../src/sandboxes/driver.ts';

let made = 0;
const newFingerprint = () => (++made).toString(16).padStart(4, '0').repeat(16);

export function context(files: Record<string, string>): Readable {
  const pack = tar.pack();
  for (const [name, text] of Object.entries(files)) pack.entry({ name }, text);
  pack.finalize();
  return Readable.from(pack);
}

export const dockerfile = (text: string, more: Record<string, string> = {}): RootSpec => ({
  repoId: 'sample',
  fingerprint: newFingerprint(),
  from: { dockerfile: 'Dockerfile', context: context({ Dockerfile: text, ...more }) },
  timeoutMs: 120_000,
});
