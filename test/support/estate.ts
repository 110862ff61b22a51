import { setTimeout as sleep } from 'node:timers/promises';
import type { RepoImage, SandboxInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { patienceMs } from './patience.ts';

/** A repository's image, build and pool, once they are as wanted. */
export async function imageOf(
  client: Client,
  repo: string,
  fits: (image: RepoImage) => unknown,
): Promise<RepoImage> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await client.http['image.list']({});
    if (!answer.ok) throw new Error(answer.message);
    const found = answer.images.find(each => each.repo === repo);
    if (found && fits(found)) return found;
    if (Date.now() > deadlineMs) throw new Error(`not in time: ${JSON.stringify(found)}`);
    await sleep(50);
  }
}

export const built = (image: RepoImage) => image.image !== null && image.build?.state === 'built';
export const pooled = (image: RepoImage) => image.pool.ready > 0 && image.pool.ready >= image.pool.wanted;

/** The whole log of a build. */
export async function buildLog(client: Client, repo: string, buildId: string): Promise<string> {
  let text = '';
  let after = '';
  for (;;) {
    const piece = await client.http['build.log']({ repo, buildId, after });
    if (!piece.ok) throw new Error(piece.message);
    text += piece.text;
    after = piece.next;
    if (piece.done) return text;
    if (!piece.more) await sleep(50);
  }
}

/** All sandboxes, once they are as wanted. */
export async function sandboxes(
  client: Client,
  fits: (all: SandboxInfo[]) => boolean,
): Promise<SandboxInfo[]> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await client.http['sandbox.list']({});
    if (!answer.ok) throw new Error(answer.message);
    if (fits(answer.sandboxes)) return answer.sandboxes;
    if (Date.now() > deadlineMs) throw new Error(`not in time: ${JSON.stringify(answer.sandboxes)}`);
    await sleep(50);
  }
}
