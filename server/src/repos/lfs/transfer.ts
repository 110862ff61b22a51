import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { timeLimit } from '../../platform/timeLimit.ts';
import type { Action, BatchObject, LfsServer } from './batch.ts';
import { lfsLimits } from './limits.ts';
import type { Pointer } from './pointer.ts';
import { LfsFailure, reach } from './reach.ts';
import { fileOf, NotWhatItNames, takeObject } from './takeObject.ts';

type Transfer = { server: LfsServer; said: BatchObject | undefined; dir: string; signal: AbortSignal };

/** Brings an object into a repository's folder. Throws LfsFailure. */
export async function download(pointer: Pointer, transfer: Transfer): Promise<void> {
  const { server, said, dir } = transfer;
  const action = said?.actions?.download;
  if (said?.error) throw new LfsFailure(refusalOf(said.error));
  if (!action) throw new LfsFailure('its LFS server does not have it');
  using limit = timeLimit(lfsLimits.transferMs, transfer.signal);
  const { signal } = limit;
  const answered = await reach(server.url, action.href, {
    method: 'GET',
    headers: await headersOf(action, transfer),
    signal,
  });
  if (!answered.ok || !answered.body) {
    await answered.body?.cancel();
    throw new LfsFailure(`its LFS server does not give it out (${answered.status})`, {
      status: answered.status,
    });
  }
  try {
    await takeObject(dir, pointer, { source: Readable.from(answered.body), signal });
  } catch (error) {
    transfer.signal.throwIfAborted();
    if (error instanceof NotWhatItNames)
      throw new LfsFailure('what its LFS server gives is not what the pointer names');
    throw new LfsFailure(signal.aborted ? 'it took too long' : 'its LFS server broke off in the middle');
  }
}

/** Brings an object of a repository's folder to the server, unless that has it. Throws LfsFailure. */
export async function upload(pointer: Pointer, transfer: Transfer): Promise<void> {
  const { server, said, dir } = transfer;
  if (!said) throw new LfsFailure('its LFS server does not speak of it');
  if (said.error) throw new LfsFailure(refusalOf(said.error));
  const { upload: action, verify } = said.actions ?? {};
  if (!action) return;
  using limit = timeLimit(lfsLimits.transferMs, transfer.signal);
  const { signal } = limit;
  const body = Readable.toWeb(createReadStream(fileOf(dir, pointer))) as ReadableStream;
  const headers = await headersOf(action, transfer);
  const sent = await reach(server.url, action.href, {
    method: 'PUT',
    headers: {
      'content-type': 'application/octet-stream',
      ...headers,
      'content-length': String(pointer.bytes),
    },
    body,
    signal,
  });
  await sent.body?.cancel();
  if (!sent.ok)
    throw new LfsFailure(`its LFS server does not take it (${sent.status})`, { status: sent.status });
  if (!verify) return;
  const type = 'application/vnd.git-lfs+json';
  const verified = await reach(server.url, verify.href, {
    method: 'POST',
    headers: { ...(await headersOf(verify, transfer)), accept: type, 'content-type': type },
    body: JSON.stringify({ oid: pointer.oid, size: pointer.bytes }),
    signal,
  });
  await verified.body?.cancel();
  if (!verified.ok)
    throw new LfsFailure(`its LFS server does not have it whole (${verified.status})`, {
      status: verified.status,
    });
}

/** Where its own host says nothing of who asks, the same is shown there as to the batch API. */
async function headersOf(action: Action, { server, said }: Transfer): Promise<Record<string, string>> {
  const given = action.header ?? {};
  const named = Object.keys(given).some(name => name.toLowerCase() === 'authorization');
  const own = URL.parse(action.href)?.origin === new URL(server.url).origin;
  return named || said?.authenticated || !own ? given : { ...(await server.headers(false)), ...given };
}

const refusalOf = ({ code, message }: { code: number; message: string }) =>
  code === 404
    ? 'its LFS server does not have it'
    : `its LFS server says ${code}${message ? `: ${message.replaceAll(/\p{Cc}/gu, ' ').slice(0, 200)}` : ''}`;
