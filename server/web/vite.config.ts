import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { fewerLanguages } from './fewerLanguages.ts';

/** For work on the page alone: `npx vite server/web` serves it and passes the rest on to a running Deckhand. */
const server = process.env.DECKHAND_DEV_SERVER ?? 'http://127.0.0.1:4000';

type Modules = { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null };
let eager: Set<string> | null = null;

/**
 * All that the page loads at first is one file: parts that pages on demand use too would otherwise be cut off from it
 * by rolldown, compress worse, and run before `noEval.ts`.
 */
function eagerChunk(id: string, modules: Modules): string | null {
  eager ??= reachable(main, modules);
  return eager.has(id) ? 'page' : null;
}

function reachable(from: string, modules: Modules): Set<string> {
  const found = new Set([from]);
  for (const id of found) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next);
  return found;
}

const main = fileURLToPath(new URL('./src/main.tsx', import.meta.url));

export default defineConfig({
  plugins: [
    react(),
    fewerLanguages(),
    // The server sends these as they are (doors/http/pages.ts).
    compression({ include: /\.(js|css|svg)$/, algorithms: ['gzip', 'brotliCompress'], threshold: 256 }),
  ],
  // Our own packages are not prebuilt ones: they change with the page.
  optimizeDeps: { exclude: ['@deckhand/shared'] },
  build: {
    target: 'es2023',
    sourcemap: false,
    chunkSizeWarningLimit: 1500,
    emptyOutDir: true,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: eagerChunk }] } } },
  },
  server: {
    proxy: {
      '/api': server,
      '/sign-in': server,
      '/socket.io': { target: server, ws: true },
    },
  },
});
