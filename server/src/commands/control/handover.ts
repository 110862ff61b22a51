import { type Actor, type Author, type ControlChanges, failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { SecretScanner } from '../../delivery/guard/secretScanner.ts';
import { createMask, type Mask } from '../../sandboxes/acquire/secretMask.ts';
import type { EnvironmentSecrets } from '../../sandboxes/environments/secrets.ts';
import type { Hands } from '../../sandboxes/hands.ts';
import { changesSince, markControl, type PersonsWork } from '../../sandboxes/worktree/control.ts';
import type { ControlRecord } from '../../sessions/control/controlRecord.ts';
import { giveControl } from '../../sessions/control/giveControl.ts';
import { noteMarked, takeControl, usesControl } from '../../sessions/control/takeControl.ts';
import { noSession, type PromptRequest } from '../../sessions/queue/inbox.ts';
import type { Wake } from '../../sessions/queue/wake.ts';
import { readRunIds } from '../../sessions/run/runState.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type ReachDeps, reachSandbox } from '../terminal/reach.ts';
import { hideSecrets } from './hideSecrets.ts';
import { handedBackText } from './words.ts';

export type HandoverDeps = ReachDeps & {
  store: Store;
  secrets: Pick<EnvironmentSecrets, 'values'>;
  scanner: SecretScanner;
  wake: Wake;
  /** Whoever does nothing with it for so long has left it. */
  leftMs: number;
  /** Epoch milliseconds. */
  clock: () => number;
  log: Logger;
};

/** How long a sandbox may take to be woken and looked at before somebody hands back without that. */
const reachMs = 45_000;
/** Something else happens to the session at the same time, and it is looked at again. */
const mostTries = 20;

type HandBack = {
  actor: Actor;
  note?: string | undefined;
  /** What the note becomes where no turn waits. */
  promptOf?: (text: string) => PromptRequest;
  leftMs?: number;
};

/** A session's work tree goes to a person, and back to its agent. */
export class Handover {
  #deps: HandoverDeps;

  constructor(deps: HandoverDeps) {
    this.#deps = deps;
  }

  async take(meta: Meta, { by, actor }: { by: Author; actor: Actor }): Promise<Result<{ from?: Author }>> {
    const { store, clock, leftMs, sandboxes } = this.#deps;
    const nowMs = clock();
    const taken = await takeControl(store, meta.id, { by, actor, nowMs, leftAtMs: nowMs + leftMs });
    if (!taken.ok) return taken;
    const { ok, from } = taken;
    const owned = meta.sandboxId ? await sandboxes.records.get(meta.sandboxId) : null;
    // One that sleeps is marked when it is woken: until then nobody changes anything in it.
    if (meta.sandboxId && owned && owned.pausedAtMs === undefined && owned.claimId === meta.id) {
      const visit = await sandboxes.visit(meta.sandboxId);
      if (visit.ok) await this.#mark(meta.id, taken.record, visit.hands);
    }
    return { ok, ...(from ? { from } : {}) };
  }

  /** Somebody is about to use the sandbox by hand. */
  async reached(sessionId: string, hands: Hands): Promise<void> {
    const meta = await this.#deps.readMeta(sessionId);
    if (meta?.controlRecord) await this.#mark(sessionId, meta.controlRecord, hands);
  }

  /** They do something with it. */
  async used({ id, control }: Meta, by: Author): Promise<void> {
    const { store, clock, leftMs } = this.#deps;
    if (control?.by.userId === by.userId) await usesControl(store, id, clock() + leftMs);
  }

  /**
   * Once: one that takes the place of a sandbox that was lost knows nothing of before. Of one that cannot be marked it is
   * known that it was used, so that nobody is told that nothing changed.
   */
  async #mark(sessionId: string, { controlId, marked }: ControlRecord, hands: Hands): Promise<void> {
    if (marked) return;
    const done = await markControl(hands, controlId);
    if (!done.ok) this.#deps.log.warn({ sessionId, why: done.message }, 'a work tree was not marked');
    await noteMarked(this.#deps.store, sessionId, controlId);
  }

  /** Looks at what changed, tells the agent, and lets it go on. */
  async handBack(
    sessionId: string,
    of: ControlRecord,
    { actor, note, promptOf, leftMs }: HandBack,
  ): Promise<Result<{ changes: ControlChanges | null; promptId?: string }>> {
    const { store, wake } = this.#deps;
    const [work, mask] = await Promise.all([this.#work(sessionId, of), this.#maskOf(sessionId)]);
    const commands = work ? await hideSecrets(work.typed, { mask, scanner: this.#deps.scanner }) : null;
    const changes = work && {
      files: work.files.length,
      commits: work.commits.length,
      commands: work.typed.length,
    };
    for (let tries = 0; tries < mostTries; tries++) {
      const runs = (await readRunIds(store, sessionId)).turnId !== null;
      const words = { record: of, work, commands, leftMs, note: runs ? note : undefined };
      const given = await giveControl(store, sessionId, {
        ...{ of, actor, changes, note },
        told: {
          text: mask.text(handedBackText(words)),
          people: of.people,
          changed: work === null || work.files.length > 0 || work.commits.length > 0 || work.moved,
          note: words.note !== undefined,
        },
        ...(!runs && note !== undefined && promptOf ? { prompt: promptOf(note) } : {}),
        ...(leftMs === undefined ? {} : { leftMs }),
      });
      if (given !== 'changed') {
        if (given.ok) await wake(sessionId);
        return given.ok ? { ...given, changes } : given;
      }
      const now = await this.#deps.readMeta(sessionId);
      if (!now) return noSession(sessionId);
      if (now.controlRecord?.controlId !== of.controlId || now.control?.by.userId !== of.by.userId)
        return failure(
          'bad_request',
          now.control ? `${now.control.by.name} has control now.` : 'Nobody has control of this session.',
        );
    }
    return failure('rate_limited', 'Too much happened in this session at once. Try again.');
  }

  /** Null where it is not known. */
  async #work(sessionId: string, { controlId, by, marked }: ControlRecord): Promise<PersonsWork | null> {
    // Nobody was in there.
    if (!marked) return { files: [], commits: [], moved: false, typed: [] };
    const reached = await reachSandbox(this.#deps, sessionId, by, AbortSignal.timeout(reachMs));
    const found = reached.ok ? await changesSince(reached.hands, controlId) : reached;
    if (found.ok) return found.work;
    this.#deps.log.warn({ sessionId, why: found.message }, 'a work tree was not looked at');
    return null;
  }

  async #maskOf(sessionId: string): Promise<Mask> {
    const { secrets, readMeta } = this.#deps;
    const meta = await readMeta(sessionId);
    const read = meta?.repo ? await secrets.values(meta.orgId, meta.repo, 'run') : null;
    // Values that cannot be read are in no sandbox either.
    return createMask(read?.ok ? read.values : []);
  }
}
