import type { Author } from '@deckhand/shared';
import { githubUserId } from '../../identity/users.ts';
import { mayWrite } from '../../repos/github/reviews.ts';
import { readField } from '../../sessions/archive/hotOrCold.ts';
import { isOver, type KeptChange, type Reply } from '../../sessions/changeRecords.ts';
import { appendPrompt } from '../../sessions/queue/inbox.ts';
import { part } from '../../sessions/store/keys.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import { type ChangesDeps, toRead } from '../deps.ts';
import { hostOf } from '../pullRequest/place.ts';
import { changed } from '../record.ts';
import { answerAll } from './answers.ts';
import { renewApproval } from './approval.ts';
import { type Asked, askedOf } from './remarks.ts';
import { repairOf } from './repairs.ts';
import type { Told } from './told.ts';

type Look = { kept: KeptChange; told: Told };

/** What people said of a change becomes prompts, as do failed checks; who waits for an answer gets it. */
export async function react(deps: ChangesDeps, meta: Meta, { kept, told }: Look): Promise<void> {
  await answerAll(deps, meta, { changeId: kept.change.changeId, told });
  await renewApproval(deps, meta, { changeId: kept.change.changeId, told });
  if (isOver(kept.change)) return;
  await takeRemarks(deps, meta, { kept, told });
  await takeRepair(deps, meta, { kept, told });
}

async function takeRemarks(deps: ChangesDeps, meta: Meta, { kept, told }: Look): Promise<void> {
  const handles = ['deckhand', ...(await deps.appSlug())];
  for (const asked of askedOf(told.remarks, { number: told.pull.number, handles })) {
    const author = await authorOf(deps, asked);
    if (await wasTaken(deps, meta, { author, requestId: asked.requestId })) continue;
    if (!(await mayAsk(deps, meta, asked.login))) continue;
    const replies = (asked.lineIds.length > 0 ? asked.lineIds : [null]).map(
      (lineId): Reply => ({ requestId: asked.requestId, userId: author.userId, lineId }),
    );
    await addReplies(deps, meta, { changeId: kept.change.changeId, replies });
    await prompt(deps, meta, { author, requestId: asked.requestId, text: asked.text });
  }
}

/** Written before the prompt is: whoever asks is answered, whatever dies in between. */
async function addReplies(
  deps: ChangesDeps,
  meta: Meta,
  { changeId, replies }: { changeId: string; replies: Reply[] },
): Promise<void> {
  await changed(deps, meta, changeId, change => {
    const known = new Set(change.replies.map(({ requestId }) => requestId));
    const fresh = replies.filter(({ requestId }) => !known.has(requestId));
    return fresh.length === 0 ? change : { ...change, replies: [...change.replies, ...fresh] };
  });
}

async function takeRepair(deps: ChangesDeps, meta: Meta, { kept, told }: Look): Promise<void> {
  const repair = repairOf(kept.change, told, deps.policy);
  if (!repair) return;
  const { requestId, text } = repair;
  const author: Author = repairer;
  if (await wasTaken(deps, meta, { author, requestId })) return;
  // A turn that runs may be at it already.
  if (meta.state === 'running' || meta.state === 'archived') return;
  await changed(deps, meta, kept.change.changeId, change => ({ ...change, repairs: change.repairs + 1 }));
  await prompt(deps, meta, { author, requestId, text });
}

/** Work that nobody asked for has a name of its own. */
const repairer: Author = { userId: 'deckhand:repairs', name: 'Deckhand repairs' };

async function prompt(
  deps: ChangesDeps,
  meta: Meta,
  { author, requestId, text }: { author: Author; requestId: string; text: string },
): Promise<void> {
  const actor = { kind: 'user', ...author, via: 'github' } as const;
  const queued = await appendPrompt(deps.store, meta.id, { author, actor, requestId, text, attachments: [] });
  if (queued.ok) await deps.wake(meta.id);
  else
    deps.log.warn(
      { sessionId: meta.id, requestId, code: queued.code },
      'a remark on a change became no prompt',
    );
}

async function wasTaken(
  { store }: ChangesDeps,
  meta: Meta,
  { author, requestId }: { author: Author; requestId: string },
): Promise<boolean> {
  return (await readField(store, meta.id, part.requests, `${author.userId}|${requestId}`)) !== null;
}

async function authorOf({ users }: ChangesDeps, { githubId, login }: Asked): Promise<Author> {
  const user = await users.byGithubId(githubId);
  return user ? { userId: user.userId, name: user.name } : { userId: githubUserId(githubId), name: login };
}

/** Only what people may do themselves is done for them. */
async function mayAsk(deps: ChangesDeps, meta: Meta, login: string): Promise<boolean> {
  const host = hostOf(deps, meta.repo);
  if (!host) return false;
  const asked = await host.app.asApp(host.place, toRead, octokit => mayWrite(octokit, host.place, login));
  return asked.ok && asked.value;
}
