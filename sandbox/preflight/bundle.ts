import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** The programs that run in containers, each as one file: there is no node_modules in there. */
export function bundlePrograms(): { name: string; content: Buffer }[] {
  // The synchronous form leaves no service process behind, and callers at the same time cannot stop each other's.
  const result = buildSync({
    entryPoints: { hands: source('hands/main.ts'), egress: source('egress/main.ts') },
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    legalComments: 'none',
    logLevel: 'silent',
  });
  return result.outputFiles
    .map(file => ({ name: file.path.replace(/^.*[\\/]/, ''), content: Buffer.from(file.contents) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
