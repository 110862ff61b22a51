import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Params, Value } from '../../protocol/methods.ts';
import { hasCode } from '../journal.ts';
import { memoryBytes } from '../memory.ts';
import { diskDir, environmentPath, resolvePath } from '../places.ts';
import { MethodError, type MethodStream } from '../stream.ts';

const placeOf = (path: string): string => {
  const place = resolvePath(path);
  if (!place.ok) throw new MethodError('bad_request', place.message);
  return place.path;
};

export async function put(params: Params<'put'>, stream: MethodStream): Promise<Value<'put'>> {
  const path = params.path === environmentPath ? environmentPath : placeOf(params.path);
  const fresh = join(dirname(path), `.${basename(path).slice(0, 40)}.${randomUUID().slice(0, 8)}.deckhand`);
  let bytes = 0;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(fresh, 'wx', params.mode ?? 0o644);
    try {
      for await (const chunk of stream.incoming()) {
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
    } finally {
      await file.close();
    }
    await rename(fresh, path);
    return { bytes };
  } catch (error) {
    await rm(fresh, { force: true });
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) throw new MethodError('disk_full', "the sandbox's disk is full");
    if (hasCode(error, 'EISDIR', 'ENOTDIR', 'EEXIST', 'EACCES'))
      throw new MethodError('bad_request', `${params.path} cannot be written`);
    throw error;
  }
}

export async function get(params: Params<'get'>, stream: MethodStream): Promise<Value<'get'>> {
  const path = placeOf(params.path);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(error => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR'))
      throw new MethodError('not_found', `${params.path} does not exist`);
    throw error;
  });
  let bytes = 0;
  try {
    if (!(await file.stat()).isFile())
      throw new MethodError('bad_request', `${params.path} is not a regular file`);
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
      if (!(await stream.send(chunk))) throw new MethodError('aborted', 'given up by the asker');
      bytes += chunk.length;
    }
    return { bytes };
  } finally {
    await file.close();
  }
}

export async function stat(): Promise<Value<'stat'>> {
  const { blocks, bavail, bsize } = await statfs(diskDir);
  const { limit, used } = memoryBytes();
  return {
    diskBytes: blocks * bsize,
    diskFreeBytes: bavail * bsize,
    memoryBytes: limit,
    memoryUsedBytes: used,
  };
}
