import { createHash, randomBytes } from 'node:crypto';

/** Tokens are kept as hashes: who reads the store cannot use them. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
export const fresh = () => randomBytes(32).toString('base64url');
