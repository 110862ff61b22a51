import { DeckhandError, type Result } from '@deckhand/shared';
import { isFailedRequest } from '../identity/githubFailures.ts';
import { githubDown } from '../identity/userTokens.ts';
import { countChecks, readChecks } from '../repos/github/checks.ts';
import { findPull, type Pull, readPull } from '../repos/github/pulls.ts';
import { countReviews, readRemarks } from '../repos/github/reviews.ts';
import {
  type Change,
  isOver,
  type KeptChange,
  readChange,
  saveChange,
  unwatchChange,
  watchChange,
} from '../sessions/changeRecords.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import { type ChangesDeps, toRead } from './deps.ts';
import { openedEvent, updatedEvent } from './events.ts';
import { openOnHost } from './pullRequest/open.ts';
import { showPictures } from './pullRequest/pictures.ts';
import { hostOf } from './pullRequest/place.ts';
import { indexOf } from './pullRequest/pulls.ts';
import { keepsBase, retarget } from './pullRequest/retarget.ts';
import { react } from './reactions/react.ts';
import type { Told } from './reactions/told.ts';

/** Webhooks say at once that something happened; what they miss is seen with the next look. */
const lookEveryMs = { waiting: 60_000, open: 5 * 60_000 };
/** A change that is over may be opened again, and somebody may still wait for an answer there. */
const overMs = 24 * 3600_000;
const mostRaces = 20;

/**
 * Looks at one change on its host and tells the session what is new. What a webhook says is only a reason to look:
 * so they may come twice, late, in any order, or not at all.
 */
export async function refreshChange(
  deps: ChangesDeps,
  { sessionId, changeId }: { sessionId: string; changeId: string },
): Promise<Result> {
  const meta = await readMeta(deps.store, sessionId);
  const found = await readChange(deps.store, sessionId, changeId);
  const { store, clock } = deps;
  if (!meta || !found) {
    await unwatchChange(store, sessionId, changeId);
    return { ok: true };
  }
  if (!hostOf(deps, meta.repo)) {
    // An App that is suspended there takes its repositories along; with them this change comes back.
    await watchChange(store, { sessionId, changeId, nextMs: clock() + lookEveryMs.open });
    return { ok: true };
  }
  await retargeted(deps, meta, found.change);
  const before = (await readChange(store, sessionId, changeId)) ?? found;
  if (before.change.state === 'waiting') {
    const opened = await openWaiting(deps, meta, before);
    if (opened.state === 'waiting') {
      await watchChange(store, { sessionId, changeId, nextMs: clock() + lookEveryMs.waiting });
      return { ok: true };
    }
  }
  const told = await ask(deps, meta, before.change);
  await watchChange(store, { sessionId, changeId, nextMs: clock() + lookEveryMs.open });
  if (!told.ok) return told;
  const kept = await note(deps, meta, { changeId, told });
  // A repository that was renamed is told of by its new name.
  if (kept) await indexOf(deps, meta, kept.change);
  if (kept) await react(deps, meta, { kept, told });
  if (kept) await picture(deps, meta, { change: kept.change, pull: told.pull });
  const over = kept && isOver(kept.change) && Date.parse(meta.updatedAt) + overMs < clock();
  if (over) await unwatchChange(store, sessionId, changeId);
  return { ok: true };
}

async function retargeted(deps: ChangesDeps, meta: Meta, change: Change): Promise<void> {
  await retarget(deps, meta, change).catch(error => {
    if (!isFailedRequest(error)) throw error;
    deps.log.warn({ reason: (error as Error).message, sessionId: meta.id }, keepsBase);
  });
}

/** Pictures come again with the next look, where GitHub would not have them now. */
async function picture(deps: ChangesDeps, meta: Meta, shown: { change: Change; pull: Pull }): Promise<void> {
  await showPictures(deps, meta, shown).catch(error => {
    if (!isFailedRequest(error)) throw error;
    deps.log.warn({ reason: (error as Error).message, sessionId: meta.id }, 'pictures of a change wait');
  });
}

/** Somebody may have linked GitHub, or GitHub be back. */
async function openWaiting(deps: ChangesDeps, meta: Meta, before: KeptChange): Promise<Change> {
  const after = await openOnHost(deps, { sessionId: meta.id, repoId: meta.repo }, before.change);
  await indexOf(deps, meta, after);
  if (JSON.stringify(after) === before.kept) return after;
  const event = before.change.waits === undefined ? openedEvent(after) : updatedEvent(after);
  await saveChange(deps.store, meta, { before, after, events: [event] });
  return after;
}

/** Failed requests are data here: whoever looks, looks again. */
async function ask(deps: ChangesDeps, meta: Meta, change: Change): Promise<Result<Told>> {
  const host = hostOf(deps, meta.repo);
  if (!host) return githubDown();
  const { app, place } = host;
  try {
    const read = await app.asApp(place, toRead, async octokit => {
      const { number, branch } = change;
      const pull = await (number === undefined
        ? findPull(octokit, place, branch)
        : readPull(octokit, place, number));
      if (!pull) return null;
      const [remarks, checks] = await Promise.all([
        readRemarks(octokit, place, pull.number),
        readChecks(octokit, place, pull.headSha),
      ]);
      return { pull, remarks, checks };
    });
    if (!read.ok) return read;
    return read.value ? { ok: true, ...read.value } : githubDown();
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === undefined && !(error instanceof DeckhandError) && (error as Error).name !== 'HttpError')
      deps.log.warn({ reason: (error as Error).message, sessionId: meta.id }, 'a change could not be read');
    return githubDown();
  }
}

/** Says what is new, once. Null where the change is gone. */
async function note(
  deps: ChangesDeps,
  meta: Meta,
  { changeId, told }: { changeId: string; told: Told },
): Promise<KeptChange | null> {
  for (let race = 0; race < mostRaces; race += 1) {
    const before = await readChange(deps.store, meta.id, changeId);
    if (!before) return null;
    const after = withNews(before.change, told);
    if (JSON.stringify(after) === before.kept) return before;
    const { pull } = told;
    const merged = after.state === 'merged' && before.change.state !== 'merged';
    const news = merged ? { by: pull.mergedBy, mergeSha: pull.mergeSha } : {};
    const kept = await saveChange(deps.store, meta, { before, after, events: [updatedEvent(after, news)] });
    if (kept) return kept;
  }
  return null;
}

function withNews(before: Change, { pull, remarks, checks }: Told): Change {
  const { waits: _, conflicts: __, ...rest } = before;
  return {
    ...rest,
    // What was merged stays so, however late another answer comes.
    state: before.state === 'merged' ? 'merged' : pull.state,
    number: pull.number,
    url: pull.url,
    title: pull.title,
    draft: pull.draft,
    reviews: countReviews(remarks, pull.author, pull.requested),
    checks: countChecks(checks),
    ...(pull.state === 'open' && pull.conflicts ? { conflicts: true } : {}),
  };
}
