import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export type Cipher = {
  /** Sealed under what it belongs to, it opens under nothing else. */
  seal(value: string, bound: readonly string[]): string;
  /** Null where it was sealed with another key, for something else, or changed since. */
  open(sealed: string, bound: readonly string[]): string | null;
};

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM with a key derived from the server's secret, another for each purpose. */
export function createCipher(serverSecret: string, purpose: string): Cipher {
  const key = Buffer.from(hkdfSync('sha256', serverSecret, '', purpose, 32));
  const aad = (bound: readonly string[]) => Buffer.from(JSON.stringify(bound));
  return {
    seal(value, bound) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
      cipher.setAAD(aad(bound));
      const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, bound) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < ivBytes + tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(aad(bound));
      decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      try {
        const body = decipher.update(bytes.subarray(ivBytes + tagBytes));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
