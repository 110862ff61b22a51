import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The key that signs the extension and makes its id; made once. `path` is a PEM of an RSA key. */
export async function keptKey(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch(() => null);
  if (known !== null) return known;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await rename(aside, path);
  return readFile(path, 'utf8');
}

const publicDer = (pem: string) =>
  createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'der' });

/** The `key` of a manifest: an unpacked extension with it has the same id as the signed one. */
export const manifestKeyOf = (pem: string) => publicDer(pem).toString('base64');

/** Chrome's name for the key: the first half of its SHA-256, in the letters a to p. */
export const extensionIdOf = (pem: string) =>
  createHash('sha256')
    .update(publicDer(pem))
    .digest('hex')
    .slice(0, 32)
    .replaceAll(/[0-9a-f]/g, digit => String.fromCharCode(97 + Number.parseInt(digit, 16)));
