import type { DiskFaultCode } from './protocol.ts';

/** Why a request cannot be done, in a sentence. */
export class DiskFault extends Error {
  readonly code: DiskFaultCode;
  constructor(code: DiskFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

const noSpace = 'No space is left on the engine';

/** What went wrong, as a fault; the kernel's words for a full disk are told from the others. */
export function faultOf(error: unknown): DiskFault {
  if (error instanceof DiskFault) return error;
  const message = Error.isError(error) ? error.message : String(error);
  if (/ENOSPC|EDQUOT|no space left on device|disk quota exceeded/i.test(message))
    return new DiskFault('no_space', noSpace);
  return new DiskFault('failed', message);
}

const isMissing = (error: unknown): boolean =>
  Error.isError(error) && 'code' in error && error.code === 'ENOENT';

/** Undefined where there is no such file. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
