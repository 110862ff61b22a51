import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

/** The programs that run in containers, each as one file: there is no node_modules in there. */
export async function bundlePrograms(): Promise<{ name: string; content: Buffer }[]> {
  const result = await build({
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
  // Its service would stay for as long as the server does.
  await stop();
  return result.outputFiles
    .map(file => ({ name: file.path.replace(/^.*[\\/]/, ''), content: Buffer.from(file.contents) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
