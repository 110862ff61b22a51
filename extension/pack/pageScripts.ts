import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * What is put into pages, each one classic script: `pick` into the extension's own world of a page, `react` into the
 * page's world, where components can be read, `watch` there too, from a page's start, where somebody allowed it.
 */
export const pageScripts = ['pick', 'react', 'watch'] as const;
/** What the panel lets others do, so that it is not held up. */
const workers = ['render', 'redact'] as const;

/** Bippy hooks into React when it is loaded, which would change the page; here it only reads what is there. */
const readOnlyBippy: Plugin = {
  name: 'read-only bippy',
  setup(builder) {
    builder.onLoad({ filter: /bippy[\\/]dist[\\/]install-hook-only\.js$/ }, () => ({ contents: '' }));
    builder.onLoad({ filter: /bippy[\\/]dist[\\/]core\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const hooking = /try\{\w+\(\)&&\w+\(\w+\(\)\)\}catch\{\}/g;
      if (text.match(hooking)?.length !== 1)
        throw new Error('bippy hooks into React in another way than known');
      return { contents: text.replace(hooking, ''), loader: 'js' };
    });
    // One hook of ours is exported beside what we use; it needs React, and we have none in a page.
    builder.onResolve({ filter: /^react$/ }, () => ({ path: 'react', namespace: 'nothing' }));
    // The list of keys asks for the ending of a file's name.
    builder.onResolve({ filter: /^(node:)?path$/ }, () => ({ path: 'path', namespace: 'nothing' }));
    builder.onLoad({ filter: /.*/, namespace: 'nothing' }, ({ path }) => ({
      contents:
        path === 'path'
          ? "export const basename = p => p.split('/').at(-1); export const extname = p => /\\.\\w+$/.exec(p)?.[0] ?? ''; export default { basename, extname };"
          : 'export {};',
    }));
  },
};

export async function buildPageScripts(home: string, outdir: string): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(
      pageScripts.map(name => [name, join(home, 'src', 'page', 'entries', `${name}.ts`)]),
    ),
    outdir: join(outdir, 'page'),
    bundle: true,
    format: 'iife',
    target: 'chrome123',
    minify: true,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [readOnlyBippy],
    logLevel: 'silent',
  });
  await build({
    entryPoints: Object.fromEntries(workers.map(name => [name, join(home, 'src', 'worker', `${name}.ts`)])),
    outdir: join(outdir, 'worker'),
    bundle: true,
    format: 'iife',
    target: 'chrome123',
    minify: true,
    legalComments: 'none',
    plugins: [readOnlyBippy],
    logLevel: 'silent',
  });
}
