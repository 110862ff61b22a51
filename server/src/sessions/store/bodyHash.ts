import { createHash } from 'node:crypto';

/** Tells a retried command from another one under the same request id. */
export const bodyHash = (body: unknown) => createHash('sha256').update(JSON.stringify(body)).digest('hex');
