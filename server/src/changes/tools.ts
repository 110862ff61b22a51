import { readChecks, readJobLog } from '../repos/github/checks.ts';
import { readPull } from '../repos/github/pulls.ts';
import { answerRemark, type Remark, readRemarks } from '../repos/github/reviews.ts';
import { type KeptChange, readChange, saveChange } from '../sessions/changeRecords.ts';
import { branchOf, type Meta } from '../sessions/store/meta.ts';
import type { ChangesDeps } from './deps.ts';
import { toRead } from './deps.ts';
import { updatedEvent } from './events.ts';
import { editPull } from './pullRequest/edit.ts';
import { hostOf } from './pullRequest/place.ts';
import { bodyOf } from './pullRequest/words.ts';
import { markOf } from './reactions/remarks.ts';

/** What the agent's tools for a change answer: words for the model. */
export type ToolAnswer = { ok: boolean; text: string };

/** A session's newest change as the agent's tools read and edit it. They reject with what its host answered. */
export type ChangeTools = {
  /** Whether changes of this repository are pull requests. Otherwise they are branches, and all else answers so. */
  opensPulls(repoId: string | null): boolean;
  update(meta: Meta, words: NewWords): Promise<ToolAnswer>;
  reviews(meta: Meta): Promise<ToolAnswer>;
  /** All checks of the pushed commit, or those of this name with longer logs. */
  checks(meta: Meta, name: string | undefined): Promise<ToolAnswer>;
  /** Said once for each `callId`, however often it is asked for. */
  comment(
    meta: Meta,
    remark: { callId: string; text: string; inReplyTo?: number | undefined },
  ): Promise<ToolAnswer>;
};

type NewWords = { title?: string | undefined; body?: string | undefined; draft?: boolean | undefined };

export const changeTools = (deps: ChangesDeps): ChangeTools => ({
  opensPulls: repoId => hostOf(deps, repoId) !== null,
  update: (meta, words) => updateChange(deps, meta, words),
  reviews: meta => showReviews(deps, meta),
  checks: (meta, name) => showChecks(deps, meta, name),
  comment: (meta, remark) => commentOn(deps, meta, remark),
});

const logChars = 6_000;
const oneLogChars = 40_000;
const remarkChars = 4_000;
const no = (text: string): ToolAnswer => ({ ok: false, text });
const yes = (text: string): ToolAnswer => ({ ok: true, text });

const notOpen = no('There is no open change in this session yet: open_change opens one.');
const noPulls = no('This repository has no pull requests here: its change is a branch.');

/** The session's newest change, where it has a pull request. */
async function pullOf(deps: ChangesDeps, meta: Meta) {
  const host = hostOf(deps, meta.repo);
  if (!host) return noPulls;
  const found = await readChange(deps.store, meta.id, branchOf(meta).changeId);
  const number = found?.change.number;
  if (!found || number === undefined) return found?.change.waits ? no(found.change.waits) : notOpen;
  return { ok: true as const, ...host, found, number };
}

async function updateChange(deps: ChangesDeps, meta: Meta, words: NewWords): Promise<ToolAnswer> {
  const open = await pullOf(deps, meta);
  if (!('app' in open)) return open;
  const { found, number } = open;
  const { change } = found;
  const texts = {
    ...(words.title === undefined ? {} : { title: words.title }),
    ...(words.draft === undefined ? {} : { draft: words.draft }),
    ...(words.body === undefined
      ? {}
      : {
          body: bodyOf({ ...change, body: words.body }, { sessionId: meta.id, publicUrl: deps.publicUrl() }),
        }),
  };
  const updated = await editPull(deps, open, { change, number }, () => texts);
  if (!updated.ok) return no(updated.message);
  await noteWords(deps, meta, found, { ...words, title: updated.value.title, draft: updated.value.draft });
  return yes(`Pull request #${number} is changed: ${change.url}`);
}

async function noteWords(
  deps: ChangesDeps,
  meta: Meta,
  found: KeptChange,
  { title, body, draft }: { title: string; body?: string | undefined; draft: boolean },
): Promise<void> {
  for (let before: KeptChange | null = found; before; ) {
    const after = { ...before.change, title, draft, ...(body === undefined ? {} : { body }) };
    if (await saveChange(deps.store, meta, { before, after, events: [updatedEvent(after)] })) return;
    before = await readChange(deps.store, meta.id, found.change.changeId);
  }
}

async function showReviews(deps: ChangesDeps, meta: Meta): Promise<ToolAnswer> {
  const open = await pullOf(deps, meta);
  if (!('app' in open)) return open;
  const { app, place, number } = open;
  const read = await app.asApp(place, toRead, async octokit =>
    Promise.all([readPull(octokit, place, number), readRemarks(octokit, place, number)]),
  );
  if (!read.ok) return no(read.message);
  const [pull, remarks] = read.value;
  const merge =
    pull.conflicts === null ? '' : pull.conflicts ? ', conflicts with its base' : ', can be merged';
  const head = `Pull request #${number}, ${pull.state}${pull.draft ? ', draft' : ''}${merge}: ${pull.title}`;
  return yes([head, ...remarks.map(remarkText)].join('\n\n') || head);
}

function remarkText({ kind, id, login, body, state, path, line, inReplyTo }: Remark): string {
  const text = body
    .replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '')
    .trim()
    .slice(0, remarkChars);
  if (kind === 'review')
    return `Review by ${login}: ${state?.toLowerCase().replaceAll('_', ' ')}\n${text}`.trim();
  if (kind === 'comment') return `Comment by ${login}:\n${text}`;
  const where = `${path}${line ? `:${line}` : ''}`;
  return `Remark ${id} by ${login} on ${where}${inReplyTo ? `, answering ${inReplyTo}` : ''}:\n${text}`;
}

async function showChecks(deps: ChangesDeps, meta: Meta, name: string | undefined): Promise<ToolAnswer> {
  const open = await pullOf(deps, meta);
  if (!('app' in open)) return open;
  const { app, place, found } = open;
  const read = await app.asApp(place, toRead, async octokit => {
    const checks = await readChecks(octokit, place, found.change.pushedSha);
    const shown = name === undefined ? checks : checks.filter(check => check.name === name);
    const chars = name === undefined ? logChars : oneLogChars;
    return Promise.all(
      shown.map(async ({ name, state, summary, jobId }) => {
        const log =
          state === 'failed' && jobId !== null ? await readJobLog(octokit, place, { jobId, chars }) : '';
        const said = state === 'failed' ? [summary.slice(0, chars), log].filter(Boolean) : [];
        return [`${name}: ${state}`, ...said].join('\n');
      }),
    );
  });
  if (!read.ok) return no(read.message);
  const { pushedSha } = found.change;
  const head = `Checks of ${pushedSha.slice(0, 12)}:`;
  return yes(read.value.length === 0 ? `${head} none yet.` : [head, ...read.value].join('\n\n'));
}

async function commentOn(
  deps: ChangesDeps,
  meta: Meta,
  { callId, text, inReplyTo }: { callId: string; text: string; inReplyTo?: number | undefined },
): Promise<ToolAnswer> {
  const open = await pullOf(deps, meta);
  if (!('app' in open)) return open;
  const { app, place, number } = open;
  const mark = markOf(callId);
  const said = await app.asApp(place, { pull_requests: 'write', issues: 'write' }, async octokit => {
    // A worker before us may have said it, and died before it could tell.
    const remarks = await readRemarks(octokit, place, number);
    if (remarks.some(({ body }) => body.includes(mark))) return null;
    return answerRemark(octokit, place, { number, lineId: inReplyTo ?? null, body: `${text}\n\n${mark}` });
  });
  return said.ok ? yes('Said.') : no(said.message);
}
