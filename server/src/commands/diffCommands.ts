import type { Readable } from 'node:stream';
import { type CommandParsed, type DiffRange, failure, type Result } from '@deckhand/shared';
import { type RestoreDeps, showBundle } from '../delivery/savedWork.ts';
import type { Identity } from '../identity/identity.ts';
import { patchStream, readDiff } from '../repos/diff/readDiff.ts';
import { noTurn } from '../sessions/history/rewind.ts';
import { readTurns, standingTurns, type TurnRecord } from '../sessions/run/turnRecords.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { fileName } from './sessionFiles.ts';
import type { Visible } from './visible.ts';

export type SessionDiffDeps = RestoreDeps & { store: Store; visible: Visible };

/** Two states of a session's work; null where there was none yet. */
type Sides = { base: string | null; head: string | null; undone: boolean };

/** What a session changed: as a whole, since one of its turns, or in one. Needs no sandbox, only what turns saved. */
export class SessionDiffs {
  #deps: SessionDiffDeps;
  constructor(deps: SessionDiffDeps) {
    this.#deps = deps;
  }

  async read(who: Identity, { sessionId, path, ...range }: CommandParsed<'session.diff'>) {
    const seen = await this.#deps.visible.session(who, sessionId);
    if (!seen.ok) return seen;
    const { meta } = seen;
    const sides = await this.#sides(meta, range);
    if (!sides.ok) return sides;
    const { base, head, undone } = sides;
    if (!meta.repo || !base || !head) return { ...nothing, ok: true as const, base, head: null, undone };
    const read = await readDiff(this.#deps.repos.mirror(meta.repo), { base, head, path });
    return read.ok ? { ...read, base, head, undone } : read;
  }

  /** For `git apply`, and what to call it. */
  async patch(
    who: Identity,
    { sessionId, ...range }: { sessionId: string } & DiffRange,
  ): Promise<Result<{ name: string; content: Readable }>> {
    const seen = await this.#deps.visible.session(who, sessionId);
    if (!seen.ok) return seen;
    const { meta } = seen;
    const sides = await this.#sides(meta, range);
    if (!sides.ok) return sides;
    const { base, head } = sides;
    if (!meta.repo || !base || !head) return failure('not_found', 'Nothing has changed yet.');
    const content = patchStream(this.#deps.repos.mirror(meta.repo), { base, head });
    return { ok: true, name: fileName(meta, 'patch'), content };
  }

  async #sides(meta: Meta, range: DiffRange): Promise<Result<Sides>> {
    const found = await this.#find(meta, range);
    if (!found.ok || !meta.repo) return found;
    for (const sha of [found.base, found.head]) {
      if (!sha) continue;
      const shown = await showBundle(this.#deps, { sessionId: meta.id, repoId: meta.repo, sha });
      if (!shown.ok) return shown;
    }
    return found;
  }

  async #find(meta: Meta, { since, turn: only }: DiffRange): Promise<Result<Sides>> {
    const { baseSha, refSha, turnHead } = meta;
    if (since && only) return failure('bad_request', 'Say since or turn, not both.');
    const turnId = since ?? only;
    if (!turnId) return { ok: true, base: baseSha, head: refSha, undone: false };
    const turns = await readTurns(this.#deps.store, meta.id);
    const turn = turns.find(each => each.turnId === turnId);
    if (!turn) return noTurn(turnId);
    const undone = !standingTurns(turns, turnHead).has(turnId);
    if (since) return { ok: true, base: endOf(turn), head: refSha ?? baseSha, undone };
    const before = turns.find(each => each.turnId === turn.after);
    // The first turn began from the base.
    return { ok: true, base: (before && endOf(before)) ?? turn.baseSha, head: endOf(turn), undone };
  }
}

/** The state that a turn left; one that came to no sandbox left the base. */
const endOf = ({ refSha, baseSha }: TurnRecord) => refSha ?? baseSha;

const nothing = { files: [], total: { files: 0, added: 0, removed: 0 }, diff: '' };

export const diffCommands = (diffs: SessionDiffs): Pick<Handlers, 'session.diff'> => ({
  'session.diff': (who, input) => diffs.read(who, input),
});
