import { limits, type Result } from '@deckhand/shared';
import type { AttemptGroup, AttemptRecord } from '../../sessions/attempts/attemptRecords.ts';
import { noting, readChild } from '../../sessions/children/childRecord.ts';
import { indexChild } from '../../sessions/children/tellParent.ts';
import { createAs } from '../../sessions/create.ts';
import { forkSession } from '../../sessions/history/fork.ts';
import { appendPrompt } from '../../sessions/queue/inbox.ts';
import { readTurn } from '../../sessions/run/turnRecords.ts';
import { commit } from '../../sessions/store/commit.ts';
import { type Meta, readMeta } from '../../sessions/store/meta.ts';
import { checksOf } from '../../sessions/transitions.ts';
import { type AttemptsDeps, actorOf } from './deps.ts';

/**
 * Makes the session of one attempt, where its session stood, and prompts it. Done again after a crash at any point it
 * goes on where that stopped.
 */
export async function beginAttempt(
  deps: AttemptsDeps,
  parent: Meta,
  { group, attempt }: { group: AttemptGroup; attempt: AttemptRecord },
): Promise<Result> {
  const { store, wake } = deps;
  const { author, text, attachments, groupId } = group;
  const { childId, n, model, agent } = attempt;
  const made = (await readMeta(store, childId))
    ? { ok: true as const }
    : await make(deps, parent, { group, attempt });
  if (!made.ok) return made;
  await noteChild(deps, parent, attempt);
  await indexChild(store, childId);
  const queued = await appendPrompt(store, childId, {
    ...{ requestId: `attempt-${groupId}-${n}`, text, attachments, author, actor: actorOf(author) },
    ...(model ? { model } : {}),
    ...(agent ? { agent } : {}),
  });
  if (!queued.ok) return queued;
  await wake(childId);
  return { ok: true };
}

async function make(
  deps: AttemptsDeps,
  parent: Meta,
  { group, attempt }: { group: AttemptGroup; attempt: AttemptRecord },
): Promise<Result> {
  const { store } = deps;
  const { author, groupId, before, turnHead } = group;
  const { childId, n, label, model, madeWith, temperature } = attempt;
  const actor = actorOf(author);
  const title = label.slice(0, limits.titleChars);
  const about = {
    of: { groupId, n, before, madeWith, temperature },
    parent: { sessionId: parent.id, depth: (parent.parent?.depth ?? 0) + 1 },
  };
  const budget = shareOf(parent, group);
  const turn = turnHead === null ? null : await readTurn(store, parent.id, turnHead);
  if (!turn) {
    const { orgId, repo, origin } = parent;
    const asked = { orgId, repo, origin, author, actor, title, budget };
    const created = await createAs(store, childId, {
      ...asked,
      ...{ model: model ?? parent.model ?? undefined, parent: about.parent, attempt: about.of },
    });
    if (created.ok && repo) await deps.onSession(repo);
    return created.ok ? { ok: true } : created;
  }
  const copied = await deps.copyTurn({ from: parent, turn, to: childId });
  if (!copied.ok) return copied;
  return forkSession(store, {
    ...{ forkId: childId, source: parent, turn, requestId: `attempt-${groupId}-${n}`, author, actor, title },
    ...{ disk: copied.disk, attempt: { ...about, model, budget } },
  });
}

/** What the session may use of tokens, each attempt uses its part of. */
function shareOf({ budget }: Meta, { attempts }: AttemptGroup): Meta['budget'] {
  const { tokens } = budget;
  return tokens === undefined
    ? budget
    : { ...budget, tokens: Math.max(1, Math.floor(tokens / attempts.length)) };
}

/** The session that it is for knows of it before it runs. */
async function noteChild(
  { store }: AttemptsDeps,
  parent: Meta,
  { childId, label }: AttemptRecord,
): Promise<void> {
  for (;;) {
    if (await readChild(store, parent.id, childId)) return;
    const { op, event } = noting({
      ...{
        childId,
        repo: parent.repo,
        title: label.slice(0, limits.titleChars),
        state: 'works',
        turnId: null,
      },
      ...{ lastEnded: null, boardSeq: 0, attempt: true },
    });
    const done = await commit(store, parent.id, {
      checks: checksOf('child.noted', { children: [[childId, false]] }),
      ops: [op],
      events: [event],
    });
    if (done.ok || done.failed[0] === 'among') return;
  }
}
