import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureExtensionBuilt, keptKey, packExtension } from './index.ts';

/**
 * `npm run build -w extension`: the unpacked extension, a zip, the signed crx with its update manifest, and policy files. For the
 * server of this checkout's data folder, as that server itself would make them.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const { DECKHAND_DATA, DECKHAND_EXTENSION_KEY, DECKHAND_PUBLIC_URL, PORT } = process.env;
const dataDir = resolve(root, DECKHAND_DATA || '.deckhand');
const say = (text: string) => process.stderr.write(`${text}\n`);

const keyPath = DECKHAND_EXTENSION_KEY
  ? resolve(root, DECKHAND_EXTENSION_KEY)
  : join(dataDir, 'extension-key.pem');
await keptKey(keyPath);
const known = (await readFile(join(dataDir, 'url'), 'utf8').catch(() => '')).trim();
const publicUrl = (DECKHAND_PUBLIC_URL || known || `http://127.0.0.1:${PORT || 4000}`).replace(/\/$/, '');
const built = await ensureExtensionBuilt({ say });
const packed = await packExtension({ built, keyPath, outDir: join(dataDir, 'extension'), publicUrl });
say(`${packed.id} ${packed.version} for ${publicUrl}`);
say(`Unpacked: ${packed.unpacked}`);
say(`Zip, crx, updates.xml and policies: ${packed.files}`);
