import { type Author, failure, limits, type Result, type Role, type TerminalMessage } from '@deckhand/shared';
import { authorOf, type Identity, may } from '../../identity/identity.ts';
import { mayType } from '../../policy/personsShell.ts';
import type { PolicyLayers } from '../../policy/policyLayers.ts';
import { createMask } from '../../sandboxes/acquire/secretMask.ts';
import type { EnvironmentSecrets } from '../../sandboxes/environments/secrets.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Visible } from '../visible.ts';
import { type LookDeps, type Size, TerminalLook } from './look.ts';

export type TerminalDeps = Omit<LookDeps, 'maskOf'> & {
  visible: Visible;
  layers: Pick<PolicyLayers, 'of'>;
  roleOf: (userId: string) => Promise<Role>;
  secrets: Pick<EnvironmentSecrets, 'values'>;
  /** Somebody uses it by hand. */
  used: (meta: Meta, by: Author) => Promise<void>;
};

/** A terminal that somebody looks at, to whoever holds their connection. */
export type Looking = {
  mayType: boolean;
  why?: string;
  type(who: Identity, text: string): Promise<Result>;
  resize(who: Identity, size: Size): Promise<Result>;
  taken(chars: number): void;
  close(): void;
};

/** Who types is told this often, at most. */
const typistEveryMs = 1_000;

/** The terminals of sessions: who may look and type, and who does. Each request is judged anew. */
export class Terminals {
  #deps: TerminalDeps;
  /** On this server: who looks at which session's. */
  #looks = new Map<string, Map<TerminalLook, (message: TerminalMessage) => void>>();

  constructor(deps: TerminalDeps) {
    this.#deps = deps;
  }

  async open(
    who: Identity,
    { sessionId, ...size }: { sessionId: string } & Size,
    say: (message: TerminalMessage) => void,
  ): Promise<Result<{ looking: Looking }>> {
    const seen = await this.#deps.visible.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    const { author } = authorOf(who);
    const typing = await this.#mayType(who, author, seen.meta.repo);
    const look = new TerminalLook(
      { ...this.#deps, maskOf: id => this.#maskOf(id) },
      { sessionId, by: author, size },
      say,
    );
    const those = this.#looks.get(sessionId) ?? new Map();
    this.#looks.set(sessionId, those.set(look, say));
    look.start();
    let toldAtMs = 0;
    // One after the other: keys keep their order, whatever is asked in between.
    let before: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    const inOrder = (now: Identity, act: (meta: Meta) => Result): Promise<Result> => {
      const result = before.then(async () => {
        const allowed = await this.#allowed(now, sessionId);
        return allowed.ok ? act(allowed.meta) : allowed;
      });
      before = result.catch(() => {});
      return result;
    };
    return {
      ok: true,
      looking: {
        mayType: typing.ok,
        ...(typing.ok ? {} : { why: typing.message }),
        type: (now, text) => {
          if (waiting + text.length > limits.terminalTypedChars * 4)
            return Promise.resolve(failure('rate_limited', 'That is more than the terminal takes at once.'));
          waiting += text.length;
          return inOrder(now, meta => {
            if (Date.now() - toldAtMs > typistEveryMs) {
              toldAtMs = Date.now();
              this.#tellTypist(look);
              void this.#deps.used(meta, author).catch(() => {});
            }
            return look.type(text);
          }).finally(() => {
            waiting -= text.length;
          });
        },
        resize: (now, wanted) =>
          inOrder(now, () => {
            look.resize(wanted);
            return { ok: true };
          }),
        taken: chars => look.taken(chars),
        close: () => {
          look.close();
          those.delete(look);
          if (those.size === 0 && this.#looks.get(sessionId) === those) this.#looks.delete(sessionId);
        },
      },
    };
  }

  /** Whether they may type there now. */
  async #allowed(who: Identity, sessionId: string): Promise<Result<{ meta: Meta }>> {
    const seen = await this.#deps.visible.session(who, sessionId);
    if (!seen.ok) return seen;
    const allowed = await this.#mayType(who, authorOf(who).author, seen.meta.repo);
    return allowed.ok ? seen : allowed;
  }

  async #mayType(who: Identity, by: Author, repoId: string | null): Promise<Result> {
    if (!may(who, 'write')) return failure('not_found', 'You may look on, not type.');
    return mayType(this.#deps, { repoId, by });
  }

  #tellTypist({ sessionId, by }: TerminalLook): void {
    for (const say of this.#looks.get(sessionId)?.values() ?? []) say({ kind: 'typist', sessionId, ...by });
  }

  async #maskOf(sessionId: string) {
    const meta = await this.#deps.readMeta(sessionId);
    const read = meta?.repo ? await this.#deps.secrets.values(meta.orgId, meta.repo, 'run') : null;
    // Values that cannot be read are in no sandbox either.
    return createMask(read?.ok ? read.values : []);
  }
}
