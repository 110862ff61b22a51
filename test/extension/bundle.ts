import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { compile } from 'svelte/compiler';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const own = createRequire(import.meta.url);
/** React 18 is this workspace's own, 19 the one of all others. */
const react = {
  16: own.resolve('@deckhand/react16/package.json'),
  17: own.resolve('@deckhand/react17/package.json'),
  18: at('../package.json'),
  19: at('../../package.json'),
};
const folder = (version: keyof typeof react, name: string) =>
  dirname(createRequire(react[version]).resolve(`${name}/package.json`));

type Mode = 'production' | 'development';
export type Bundle = { version: keyof typeof react; mode: Mode; entry: string };

/** One of our pages' apps as a script, with the React and in the build that are asked for. */
export const bundle = ({ version, mode, entry }: Bundle): Promise<string> =>
  scriptOf(`${entry}.tsx`, mode, {
    react: folder(version, 'react'),
    'react-dom': folder(version, 'react-dom'),
  });

/** The same of an app that is not React's. */
export const bundleOther = (entry: 'startVue.ts' | 'startSvelte.ts', mode: Mode): Promise<string> =>
  scriptOf(entry, mode, {});

const svelte = (mode: Mode): Plugin => ({
  name: 'svelte',
  setup(builder) {
    builder.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const filename = path.slice(path.indexOf('/test/') + 1);
      const options = { filename, dev: mode === 'development', generate: 'client' } as const;
      return { contents: compile(await readFile(path, 'utf8'), options).js.code, loader: 'js' };
    });
  },
});

async function scriptOf(entry: string, mode: Mode, alias: Record<string, string>): Promise<string> {
  const built = await build({
    entryPoints: [at(`./apps/${entry}`)],
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    jsxDev: mode === 'development',
    minify: mode === 'production',
    sourcemap: mode === 'development' ? 'inline' : false,
    sourceRoot: '/',
    conditions: [mode, 'svelte'],
    define: {
      'process.env.NODE_ENV': JSON.stringify(mode),
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    alias,
    plugins: [svelte(mode)],
    logLevel: 'silent',
  });
  return built.outputFiles[0]?.text ?? '';
}
