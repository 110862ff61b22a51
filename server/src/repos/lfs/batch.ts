import { z } from 'zod';
import { timeLimit } from '../../platform/timeLimit.ts';
import type { Pointer } from './pointer.ts';
import { LfsFailure, reach } from './reach.ts';

const Action = z.object({
  href: z.string().max(16_384),
  header: z.record(z.string(), z.string()).optional(),
});
export type Action = z.infer<typeof Action>;

const BatchObject = z.object({
  oid: z.string(),
  size: z.number().optional(),
  authenticated: z.boolean().optional(),
  error: z.object({ code: z.number(), message: z.string().default('') }).optional(),
  actions: z
    .object({ download: Action.optional(), upload: Action.optional(), verify: Action.optional() })
    .optional(),
});
export type BatchObject = z.infer<typeof BatchObject>;
const Batch = z.object({ transfer: z.string().optional(), objects: z.array(BatchObject) });

const mediaType = 'application/vnd.git-lfs+json';
/** Servers refuse more at once. */
const mostAtOnce = 100;
const mostAnswerBytes = 4 * 1024 * 1024;
const answerMs = 60_000;

/** `again`: what was given the last time was not taken. */
export type Headers = (again: boolean) => Promise<Record<string, string>>;
export type LfsServer = { url: string; headers: Headers };

/**
 * What the server says of each object, by id: where it is had from or brought to. An object without actions is there
 * already. Throws LfsFailure where the server does not speak of them.
 */
export async function askBatch(
  server: LfsServer,
  operation: 'download' | 'upload',
  { pointers, signal }: { pointers: readonly Pointer[]; signal: AbortSignal },
): Promise<Map<string, BatchObject>> {
  const said = new Map<string, BatchObject>();
  for (let at = 0; at < pointers.length; at += mostAtOnce) {
    const objects = pointers.slice(at, at + mostAtOnce).map(({ oid, bytes }) => ({ oid, size: bytes }));
    const body = JSON.stringify({ operation, transfers: ['basic'], hash_algo: 'sha256', objects });
    const parsed = Batch.safeParse(await answerOf(server, body, signal));
    if (!parsed.success || (parsed.data.transfer ?? 'basic') !== 'basic')
      throw new LfsFailure('what its LFS server answers is not the form of the batch API');
    for (const object of parsed.data.objects) said.set(object.oid, object);
  }
  return said;
}

async function answerOf(server: LfsServer, body: string, signal: AbortSignal): Promise<unknown> {
  using limit = timeLimit(answerMs, signal);
  const ask = async (again: boolean) =>
    reach(server.url, `${server.url}/objects/batch`, {
      method: 'POST',
      headers: { ...(await server.headers(again)), accept: mediaType, 'content-type': mediaType },
      body,
      signal: limit.signal,
    });
  let answered = await ask(false);
  if (answered.status === 401) {
    await answered.body?.cancel();
    answered = await ask(true);
  }
  if (!answered.ok) {
    await answered.body?.cancel();
    throw new LfsFailure(whyNot(answered.status), { status: answered.status });
  }
  try {
    return JSON.parse(await textOf(answered));
  } catch (error) {
    limit.signal.throwIfAborted();
    if (error instanceof LfsFailure) throw error;
    throw new LfsFailure('what its LFS server answers is not the form of the batch API');
  }
}

async function textOf(answered: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answered.body ?? []) {
    bytes += chunk.length;
    if (bytes > mostAnswerBytes) throw new LfsFailure('its LFS server answers without end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function whyNot(status: number): string {
  if (status === 401 || status === 403) return `its LFS server gives no access (${status})`;
  if ([404, 405, 410, 501].includes(status)) return `its host offers no Git LFS there (${status})`;
  if (status === 413 || status === 507) return `its LFS server has no room for it (${status})`;
  return `its LFS server answers ${status}`;
}
