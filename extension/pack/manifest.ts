import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { managedSchema } from './managed.ts';

export type Manifest = Record<string, unknown> & { version: string };

const place = (dir: string) => join(dir, 'manifest.json');

export async function readManifest(dir: string): Promise<Manifest> {
  return JSON.parse(await readFile(place(dir), 'utf8')) as Manifest;
}

export async function changeManifest(dir: string, changes: Partial<Manifest>): Promise<void> {
  const manifest = { ...(await readManifest(dir)), ...changes };
  await writeFile(place(dir), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What Plasmo has no word for. */
export async function finishManifest(dir: string): Promise<void> {
  await writeFile(join(dir, 'managed-schema.json'), `${JSON.stringify(managedSchema(), null, 2)}\n`);
  await changeManifest(dir, {
    storage: { managed_schema: 'managed-schema.json' },
    content_security_policy: {
      extension_pages:
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src data: blob: http: https: ws: wss:; frame-src http: https:; object-src 'none'; base-uri 'none'; form-action 'none'",
    },
    ...reachableFrom(loopback),
  });
}

/** A server on this machine, for who tries the extension out. */
export const loopback = ['http://127.0.0.1/*', 'http://localhost/*'];

/** The one page that a web page may open: where the server's sign-in page hands its code over. */
export const reachableFrom = (matches: string[]) => ({
  web_accessible_resources: [
    { resources: ['tabs/signed-in.html'], matches },
    // The frame around a preview lies over pages; it shows only what the panel tells it to.
    { resources: ['tabs/preview.html'], matches: ['http://*/*', 'https://*/*'] },
  ],
});
