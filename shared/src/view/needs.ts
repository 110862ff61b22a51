import { type Head, type Need, NeedKind, type Session, startOf } from '../index.ts';

const lineOf = (text: string) => startOf(text.trim().split('\n', 1)[0] ?? '', 200);

/** What a session that is like this waits for. Pure: its head says all of it. */
export function needsOf({ id, updatedAt }: Pick<Session, 'id' | 'updatedAt'>, head: Head): Need[] {
  if (head.state === 'archived') return [];
  const need = (kind: NeedKind, text: string, url?: string): Need => ({
    ...{ sessionId: id, title: head.title, repo: head.repo, kind, text: lineOf(text), at: updatedAt },
    ...(url ? { url } : {}),
  });
  const needs = head.approvals.map(({ plan, text }) =>
    plan ? need('plan', 'A plan to approve') : need('approval', text),
  );
  if (head.question !== null && head.turn === null && head.queue.length === 0)
    needs.push(need('question', head.question));
  for (const { title, count, ready } of head.attempts)
    if (ready) needs.push(need('attempts', `${count} attempts to compare: ${title}`));
  for (const { state, draft, title, url, number } of head.changes)
    if (state === 'open' && !draft) needs.push(need('change', title ?? `Change ${number ?? ''}`.trim(), url));
  return needs;
}

/** Approvals first, changes last; within a kind what happened last comes first. */
export const byUrgency = (a: Need, b: Need): number =>
  NeedKind.options.indexOf(a.kind) - NeedKind.options.indexOf(b.kind) || (a.at < b.at ? 1 : -1);
