import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** React 18 is this workspace's own, 19 the one of all others. */
const react = { 18: at('../package.json'), 19: at('../../package.json') };
const folder = (version: keyof typeof react, name: string) =>
  dirname(createRequire(react[version]).resolve(`${name}/package.json`));

export type Bundle = { version: keyof typeof react; mode: 'production' | 'development'; entry: string };

/** One of our pages' apps as a script, with the React and in the build that are asked for. */
export async function bundle({ version, mode, entry }: Bundle): Promise<string> {
  const built = await build({
    entryPoints: [at(`./apps/${entry}.tsx`)],
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    jsxDev: mode === 'development',
    minify: mode === 'production',
    sourcemap: mode === 'development' ? 'inline' : false,
    sourceRoot: '/',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    alias: { react: folder(version, 'react'), 'react-dom': folder(version, 'react-dom') },
    logLevel: 'silent',
  });
  return built.outputFiles[0]?.text ?? '';
}
