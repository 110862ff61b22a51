import { createHash } from 'node:crypto';
import { type Author, type CommandParsed, failure, type Result, type Role } from '@deckhand/shared';
import { type RestoreDeps, showBundle } from '../delivery/savedWork.ts';
import type { Act } from '../identity/acting.ts';
import { mayEdit } from '../policy/personsEdit.ts';
import type { PolicyLayers } from '../policy/policyLayers.ts';
import { part } from '../sessions/store/keys.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Held, SandboxForPerson } from '../turns/sandboxForPerson.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type EditCommandDeps = RestoreDeps & {
  visible: Visible;
  act: Act;
  layers: Pick<PolicyLayers, 'of'>;
  roleOf: (userId: string) => Promise<Role>;
  sandboxForPerson: SandboxForPerson;
};

/** A sandbox that is woken or made for an edit is waited for so long. */
const patienceMs = 60_000;

/** People change lines of a session's work by themselves. */
export const editCommands = (deps: EditCommandDeps): Pick<Handlers, 'file.edit'> => ({
  async 'file.edit'(who, { onBehalfOf, ...edit }) {
    const acting = await deps.act(who, onBehalfOf);
    if (!acting.ok) return acting;
    const { author, actor } = acting;
    const seen = await deps.visible.session(acting.whose, edit.sessionId, { fresh: true });
    if (!seen.ok) return seen;
    const { meta } = seen;
    if (edit.from > edit.to) return failure('bad_request', 'Lines go from the first to the last.');
    if (meta.state === 'archived') return failure('not_found', 'This session is archived.');
    const may = await mayEdit(deps, { repoId: meta.repo, by: author, path: edit.path });
    if (!may.ok) return may;
    const planned = await planEdit(deps, meta, edit);
    if (!planned.ok || planned.content === null) return planned;
    const { id, content } = planned;
    const lines = edit.from === edit.to ? `line ${edit.from}` : `lines ${edit.from} to ${edit.to}`;
    const message = `Edit ${edit.path}, ${lines}\n\nDeckhand-Session: ${meta.id}\n`;
    const work = async ({ writer, delivery, hands }: Held): Promise<Result> => {
      // A turn that waits for somebody has calls without results: nothing may come between.
      if ((await writer.run()).turn) return turnRuns();
      const done = await delivery.edit(hands, { by: author, path: edit.path, id, content, message });
      if (!done.ok) return done;
      const text = `${author.name} edited ${edit.path}, ${lines}`;
      await writer.beside(
        [['RPUSH', part.context, JSON.stringify(toldOf(author, edit, lines))]],
        [{ type: 'notice', actor, data: { level: 'info', text } }],
      );
      return { ok: true };
    };
    const done = await deps.sandboxForPerson(meta, author, AbortSignal.timeout(patienceMs), work);
    return done === 'busy' ? turnRuns() : done;
  },
});

type Edit = Omit<CommandParsed<'file.edit'>, 'onBehalfOf'>;

/** The whole file with the lines replaced. `content` null: they are so already. */
async function planEdit(
  deps: RestoreDeps,
  meta: Meta,
  { path, from, to, before, after }: Edit,
): Promise<Result<{ id: string; content: string } | { content: null }>> {
  const { refSha: sha, repo } = meta;
  if (!sha || !repo) return failure('bad_request', 'Nothing has changed yet.');
  const shown = await showBundle(deps, { sessionId: meta.id, repoId: repo, sha });
  if (!shown.ok) return shown;
  const mirror = deps.repos.mirror(repo);
  const [text, id] = await Promise.all([mirror.readFile(sha, path), mirror.objectId(sha, path)]);
  if (text === null || id === null) return failure('bad_request', 'This file is not there any more.');
  // What is no UTF-8 would come back as something else.
  if (blobId(text, id.length) !== id) return failure('bad_request', 'Only text in UTF-8 can be edited here.');
  const lines = text.split('\n');
  const holds = (wanted: string) => {
    const those = wanted === '' ? [] : wanted.split('\n');
    return lines.slice(from - 1, from - 1 + those.length).join('\n') === wanted;
  };
  const now = lines.slice(from - 1, to).join('\n');
  if (now !== before)
    return holds(after) && after !== ''
      ? { ok: true, content: null }
      : failure(
          'bad_request',
          'These lines are others by now. Nothing was changed; look at the newest diff.',
        );
  lines.splice(from - 1, to - from + 1, ...(after === '' ? [] : after.split('\n')));
  return { ok: true, id, content: lines.join('\n') };
}

/** As git computes it, by SHA-1 or SHA-256. */
const blobId = (text: string, chars: number) => {
  const bytes = Buffer.from(text);
  return createHash(chars === 40 ? 'sha1' : 'sha256')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
};

/** The agent reads it before the next prompt. */
const toldOf = (by: Author, { path }: Edit, lines: string) => ({
  role: 'user' as const,
  content: `[Deckhand] ${by.name} edited ${JSON.stringify(path)}, ${lines}, and committed it. Read the file again before you change it.`,
});

const turnRuns = () =>
  failure('bad_request', 'A turn has the session. Nothing was changed; edit again once it ended.');
