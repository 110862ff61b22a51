import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, version } from 'esbuild';
import { type Bundled, keptBundle } from './keptBundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

const options = {
  absWorkingDir: root,
  entryPoints: {
    hands: source('hands/main.ts'),
    egress: source('egress/main.ts'),
    disks: source('disks/main.ts'),
    documents: source('documents/main.ts'),
    terminal: source('terminal/main.ts'),
  },
  outdir: '/',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  // Libraries that are no ES modules ask for Node's own ones with it.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** The programs that run in containers, each as one file: there is no node_modules in there. */
export function bundlePrograms(): { name: string; content: Buffer }[] {
  const file = join(root, 'node_modules/.cache/deckhand/programs.json');
  const key = JSON.stringify([version, options]);
  return keptBundle(file, { root, key }, bundle).map(({ name, text }) => ({
    name,
    content: Buffer.from(text),
  }));
}

function bundle(): Bundled {
  // The synchronous form leaves no service process behind, and callers at the same time cannot stop each other's.
  const { outputFiles, metafile } = buildSync(options);
  return {
    // Which file a library's name leads to stands in none of the files that were read.
    inputs: [...Object.keys(metafile.inputs), 'package-lock.json'],
    programs: outputFiles
      .map(file => ({ name: file.path.replace(/^.*[\\/]/, ''), text: file.text }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}
