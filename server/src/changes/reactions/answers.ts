import { knownEvent } from '@deckhand/shared';
import { answerRemark } from '../../repos/github/reviews.ts';
import { readField } from '../../sessions/archive/hotOrCold.ts';
import { type Reply, readChange } from '../../sessions/changeRecords.ts';
import { readAll } from '../../sessions/log/log.ts';
import { part } from '../../sessions/store/keys.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { ChangesDeps } from '../deps.ts';
import { hostOf } from '../pullRequest/place.ts';
import { changed } from '../record.ts';
import { markOf } from './remarks.ts';
import type { Told } from './told.ts';

const answerChars = 20_000;

/** Tells everybody whose prompt came from the pull request what became of it, where they asked; once. */
export async function answerAll(
  deps: ChangesDeps,
  meta: Meta,
  { changeId, told }: { changeId: string; told: Told },
): Promise<void> {
  const found = await readChange(deps.store, meta.id, changeId);
  const host = hostOf(deps, meta.repo);
  if (!found || !host) return;
  for (const reply of found.change.replies) {
    const text = await outcomeOf(deps.store, meta.id, reply);
    if (text === null) continue;
    const mark = markOf(reply.requestId);
    const isThere = told.remarks.some(
      ({ body, inReplyTo }) => body.includes(mark) && (inReplyTo ?? null) === reply.lineId,
    );
    if (!isThere) {
      const body = `${text.slice(0, answerChars)}\n\n[Session](${deps.publicUrl()}/sessions/${meta.id}) ${mark}`;
      const { number } = told.pull;
      const posted = await host.app.asApp(host.place, { pull_requests: 'write', issues: 'write' }, octokit =>
        answerRemark(octokit, host.place, { number, lineId: reply.lineId, body }),
      );
      if (!posted.ok) return;
    }
    await changed(deps, meta, changeId, change => ({
      ...change,
      replies: change.replies.filter(
        ({ requestId, lineId }) => requestId !== reply.requestId || lineId !== reply.lineId,
      ),
    }));
  }
}

/** What a prompt came to, in the agent's last words; null while it waits or runs. */
async function outcomeOf(store: Store, sessionId: string, reply: Reply): Promise<string | null> {
  const answered = await readField(store, sessionId, part.requests, `${reply.userId}|${reply.requestId}`);
  if (!answered) return null;
  const { promptId } = JSON.parse(answered) as { promptId: string };
  let turnId: string | null = null;
  let said = '';
  for await (const envelope of readAll(store, sessionId)) {
    const event = knownEvent(envelope);
    if (event?.type === 'prompt.cancelled' && event.data.promptId === promptId)
      return 'This was taken out of the queue.';
    if (event?.type === 'turn.started' && event.data.promptIds.includes(promptId)) turnId = event.data.turnId;
    if (!turnId || event?.turnId !== turnId) continue;
    if (event.type === 'message.done') said = event.data.text;
    if (event.type === 'turn.finished') return wordsFor(event.data, said);
  }
  return null;
}

function wordsFor(
  {
    outcome,
    question,
    error,
  }: { outcome: string; question?: string | undefined; error?: { message: string } | undefined },
  said: string,
): string {
  if (outcome === 'done') return said || 'Done.';
  if (outcome === 'asked') return [said, question].filter(Boolean).join('\n\n');
  if (outcome === 'stopped') return 'Somebody stopped this.';
  return `This was not finished: ${error?.message ?? outcome}`;
}
