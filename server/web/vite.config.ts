import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { fewerLanguages } from './fewerLanguages.ts';

/** For work on the page alone: `npx vite server/web` serves it and passes the rest on to a running Deckhand. */
const server = process.env.DECKHAND_DEV_SERVER ?? 'http://127.0.0.1:4000';

export default defineConfig({
  plugins: [
    react(),
    fewerLanguages(),
    // The server sends these as they are (doors/http/pages.ts).
    compression({ include: /\.(js|css|svg)$/, algorithms: ['gzip', 'brotliCompress'], threshold: 1024 }),
  ],
  // Our own packages are not prebuilt ones: they change with the page.
  optimizeDeps: { exclude: ['@deckhand/shared'] },
  build: { target: 'es2023', sourcemap: false, chunkSizeWarningLimit: 1500, emptyOutDir: true },
  server: {
    proxy: {
      '/api': server,
      '/sign-in': server,
      '/socket.io': { target: server, ws: true },
    },
  },
});
