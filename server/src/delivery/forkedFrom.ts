import { type Blobs, readBlob } from '../platform/blobs.ts';
import { bundleFolder } from '../sessions/store/keys.ts';

/** Names the session that a fork came from: work that was saved there before is found there. */
const forkKey = (sessionId: string) => `${bundleFolder(sessionId)}/forked-from`;
const mostForks = 100;

/** A fork finds what was saved before it in the session that it came from. */
export const noteFork = (blobs: Blobs, fork: { from: string; to: string }): Promise<void> =>
  blobs.put(forkKey(fork.to), Buffer.from(fork.from));

/** A session, the one that it was forked from, and so on. */
export async function* withForebears(blobs: Blobs, sessionId: string): AsyncGenerator<string> {
  let owner: string | undefined = sessionId;
  for (let n = 0; owner && n < mostForks; n++) {
    yield owner;
    owner = (await readBlob(blobs, forkKey(owner)))?.toString('utf8');
  }
}
