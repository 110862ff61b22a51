import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Certificates in these files (often the host's whole bundle) that are not among the well-known ones, as PEM, in a
 * stable order. A file that cannot be read counts as empty: the host's other programs would have said so.
 */
export async function extraCertificates(files: string[]): Promise<string[]> {
  const known = new Set(rootCertificates.map(fingerprint));
  const extra = new Map<string, string>();
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const [pem] of text.matchAll(pemBlock)) {
      const print = fingerprint(pem);
      if (print && !known.has(print)) extra.set(print, `${pem}\n`);
    }
  }
  return [...extra].sort(([a], [b]) => a.localeCompare(b)).map(([, pem]) => pem);
}

function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}
