import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a sandbox shows the proxy: tells who it is, and is worth nothing anywhere else. */
export const egressToken = (secret: string, sandboxId: string): string =>
  createHmac('sha256', secret).update(`egress:${sandboxId}`).digest('base64url');

/** The sandbox that a `Proxy-Authorization` header proves, or undefined. */
export function provenSandbox(secret: string, header: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (!encoded) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const sandboxId = text.slice(0, Math.max(0, colon));
  const shown = Buffer.from(text.slice(colon + 1));
  const expected = Buffer.from(egressToken(secret, sandboxId));
  return shown.length === expected.length && timingSafeEqual(shown, expected) ? sandboxId : undefined;
}
