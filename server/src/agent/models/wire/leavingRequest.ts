import { AsyncLocalStorage } from 'node:async_hooks';

/** A request as it leaves for a model. */
export type LeavingRequest = { url: string; body: string };

/** Sees a request; what it answers comes in place of the server's answer, and then nothing leaves. */
export type SeesRequest = (request: LeavingRequest) => Response | undefined;

// The SDK takes a body apart and together again on its way: only where it leaves is it known byte for byte.
const watching = new AsyncLocalStorage<SeesRequest>();

/** Whatever leaves for a model within `work` is seen first. */
export const seeingRequests = <T>(sees: SeesRequest, work: () => Promise<T>): Promise<T> =>
  watching.run(sees, work);

export function seeRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Response | undefined {
  const sees = watching.getStore();
  if (!sees) return undefined;
  return sees({ url: input instanceof Request ? input.url : String(input), body: textOf(init?.body) });
}

function textOf(body: RequestInit['body']): string {
  if (typeof body === 'string') return body;
  return ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
    : '';
}
