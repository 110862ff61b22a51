import { newId, type Result } from '@deckhand/shared';
import { orAbort } from '../platform/orAbort.ts';
import { withAuthor } from '../sessions/authors.ts';
import {
  type Change,
  changeWrite,
  type KeptChange,
  readChange,
  watchChange,
} from '../sessions/changeRecords.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import { type Branch, branchOf, type Run } from '../sessions/store/meta.ts';
import type { ChangesDeps } from './deps.ts';
import { openedEvent, updatedEvent } from './events.ts';
import { openOnHost } from './pullRequest/open.ts';
import { hostOf } from './pullRequest/place.ts';
import { indexOf } from './pullRequest/pulls.ts';
import { wordsOf } from './pullRequest/words.ts';

/** `stack`: its place among changes that stand on each other, and what those are called, the lowest first. */
export type Pushed = { run: Run; head: string; stack?: { at: number; titles: string[] } | undefined };

/** Somebody else may write of the same change in between (a webhook): then it is looked at again. */
const mostRaces = 20;

/**
 * After a push: the change as it is now, opened where it was not. The intent is written before the host is asked, so a
 * crash in between finds the pull request again instead of opening another. Once that is written the signal ends the
 * waiting for the host, and a later look opens what is not open.
 */
export async function publishChange(
  deps: ChangesDeps,
  writer: TurnWriter,
  { signal, ...pushed }: Pushed & { signal: AbortSignal },
): Promise<Result<object>> {
  const intended = await intend(deps, writer, pushed);
  const { turnId } = pushed.run;
  if (intended.change.state !== 'waiting') return { ok: true };
  const wasTold = intended.change.waits !== undefined;
  for (let before = intended, race = 0; race < mostRaces; race += 1) {
    const meta = await writer.meta();
    const opening = openOnHost(deps, { sessionId: meta.id, repoId: meta.repo }, before.change);
    const after = await orAbort(opening, signal).catch(error => {
      if (!signal.aborted) throw error;
      return null;
    });
    if (!after) return { ok: true };
    await indexOf(deps, meta, after);
    const event = wasTold ? updatedEvent(after, { turnId }) : openedEvent(after, turnId);
    const events = wasTold && JSON.stringify(after) === before.kept ? [] : [event];
    if (await writer.saveChange(changeWrite(before, after), { branch: branchOf(meta), events }))
      return { ok: true };
    before = (await readChange(deps.store, meta.id, after.changeId)) ?? before;
    if (before.change.state !== 'waiting') return { ok: true };
  }
  return { ok: true };
}

/** Writes down that this head is pushed, and what the change is to be. */
async function intend(
  deps: ChangesDeps,
  writer: TurnWriter,
  { run, head, stack }: Pushed,
): Promise<KeptChange> {
  for (;;) {
    const meta = await writer.meta();
    const branch = branchOf(meta);
    const before = await readChange(deps.store, meta.id, branch.changeId);
    if (before?.change.pushedSha === head && branch.pushedSha === head) return before;
    const after = before
      ? { ...before.change, pushedSha: head, asked: withAuthor(before.change.asked, run.author) }
      : await begun(deps, writer, { run, head, stack });
    const { changeId } = after;
    const { theirSha: _, mergedSha: __, ...rest } = branch;
    const next: Branch = { ...rest, pushedSha: head, changeId };
    if (hostOf(deps, meta.repo))
      await watchChange(deps.store, { sessionId: meta.id, changeId, nextMs: deps.clock() });
    const events = before?.change.state === 'open' ? [updatedEvent(after, { turnId: run.turnId })] : [];
    const write = changeWrite(before, after);
    if (await writer.saveChange(write, { branch: next, events })) return write.kept;
  }
}

async function begun(deps: ChangesDeps, writer: TurnWriter, { run, head, stack }: Pushed): Promise<Change> {
  const meta = await writer.meta();
  const { k, name, below } = branchOf(meta);
  const mirror = deps.repos.mirror(meta.repo ?? '');
  const base = await mirror.base();
  const lower = await readChange(deps.store, meta.id, below?.changeId);
  const ofRepo = base.ok ? base.branch : (mirror.repo.baseBranch ?? 'main');
  const baseBranch = lower?.change.state === 'merged' ? lower.change.base : (below?.branch ?? ofRepo);
  const place = { sessionId: meta.id, branch: name, base: baseBranch };
  return {
    changeId: newId('change'),
    k,
    branch: name,
    base: baseBranch,
    author: run.author,
    asked: [run.author],
    state: 'waiting',
    url: deps.repos.hostOf(mirror.repo).changeUrl(mirror.repo, place),
    ...wordsOf(run, stack),
    ...(below && baseBranch === below.branch ? { on: below.changeId } : {}),
    ...(stack ? { stack } : {}),
    pushedSha: head,
    replies: [],
    repairs: 0,
  };
}
