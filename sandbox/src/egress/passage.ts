import { type Allowed, decide, type Rules, type Target } from './decide.ts';
import { type Dialed, dial } from './dial.ts';
import { OpenConnections } from './openConnections.ts';
import { type Refusal, refusal } from './refusal.ts';
import type { RulesBook } from './rules/rulesBook.ts';
import { judge, opensTls, type SandboxRules, type Wanted } from './rules/sandboxRules.ts';

/** One line of the log: who wanted what and what became of it. No token, no path, no query. */
export type Entry = {
  sandboxId?: string;
  host: string;
  port: number;
  allowed: boolean;
  reason?: string;
  address?: string;
};

/** What the server hears of it besides. */
export type Decision = {
  sandboxId: string;
  host: string;
  port: number;
  outcome: 'allowed' | 'refused';
  reason?: string;
  /** Somebody may be asked for it: for the host, or for the secret that it needs. */
  ask?: { kind: 'host' } | { kind: 'secret'; name: string };
  /** Names of secrets that were put in. */
  secrets?: string[];
};

export type PassageOptions = {
  network: Rules;
  book: RulesBook;
  log: (entry: Entry) => void;
  report: (decision: Decision) => void;
};

export type Passed = { ok: true; rules: SandboxRules; decision: Allowed };

/** The one place that says whether a sandbox may reach a host, opens the way, and cuts it when it may no longer. */
export class Passage {
  readonly book: RulesBook;
  #options: PassageOptions;
  #connections = new OpenConnections();

  constructor(options: PassageOptions) {
    this.#options = options;
    this.book = options.book;
    this.book.onChange(sandboxId => this.#recheck(sandboxId));
  }

  /** What the rules say of it, before anything is looked up: a name that is refused is not even resolved. */
  async judged(
    sandboxId: string,
    target: Target,
    wanted: Wanted,
  ): Promise<{ ok: true; rules: SandboxRules } | Refusal> {
    const rules = await this.book.of(sandboxId);
    if (!rules)
      return this.refuse(
        sandboxId,
        target,
        refusal(503, 'no rules are known for this sandbox yet; try again'),
      );
    const judgement = judge(rules, wanted, this.book.clock());
    if (judgement.allowed) return { ok: true, rules };
    const asked = judgement.askable && isAskable(target.host);
    const { reason } = judgement;
    return this.refuse(sandboxId, target, refusal(403, reason, asked), asked ? { kind: 'host' } : undefined);
  }

  /** Judged, and led to addresses that nobody inside may not reach. */
  async pass(sandboxId: string, target: Target, wanted: Wanted): Promise<Passed | Refusal> {
    const judged = await this.judged(sandboxId, target, wanted);
    if (!judged.ok) return judged;
    const decision = await decide(target, this.#options.network);
    if (!decision.allowed) return this.refuse(sandboxId, target, refusal(403, decision.reason));
    return { ok: true, rules: judged.rules, decision };
  }

  async dial(
    sandboxId: string,
    target: Target,
    decision: Allowed,
    { plain, secrets }: { plain: boolean; secrets?: string[] },
  ): Promise<({ ok: true } & Dialed) | Refusal> {
    const address = decision.viaUpstream ? {} : { address: decision.addresses.join(' ') };
    try {
      const dialed = await dial(target, decision, { rules: this.#options.network, plain });
      this.#options.log({ sandboxId, ...target, allowed: true, ...address });
      this.#options.report({
        sandboxId,
        ...target,
        outcome: 'allowed',
        ...(secrets && secrets.length > 0 ? { secrets } : {}),
      });
      return { ok: true, ...dialed };
    } catch (error) {
      const reason = `${target.host} cannot be reached: ${Error.isError(error) ? error.message : error}`;
      this.#options.log({ sandboxId, ...target, allowed: true, reason, ...address });
      return refusal(502, reason);
    }
  }

  refuse(sandboxId: string, target: Target, refused: Refusal, ask?: Decision['ask']): Refusal {
    const { reason } = refused;
    this.#options.log({ sandboxId, ...target, allowed: false, reason });
    this.#options.report({ sandboxId, ...target, outcome: 'refused', reason, ...(ask ? { ask } : {}) });
    return refused;
  }

  unknown(target: Target): Refusal {
    this.#options.log({ ...target, allowed: false, reason: 'no valid token' });
    return refusal(407, 'this proxy serves sandboxes only');
  }

  /** Written down for as long as it goes on. What it answers takes it off. */
  hold(
    sandboxId: string,
    target: Target,
    way: { opened?: boolean; end: () => void },
  ): (() => void) | Refusal {
    // Its name may have been looked up for a while, and the rules be others by now.
    const rules = this.book.now(sandboxId);
    if (!rules || !judge(rules, { host: target.host, scheme: 'tunnel' }, this.book.clock()).allowed)
      return this.refuse(sandboxId, target, refusal(403, `${target.host} may not be reached any more`));
    const release = this.#connections.add(sandboxId, { host: target.host, ...way });
    return (
      release ?? this.refuse(sandboxId, target, refusal(429, 'this sandbox has too many connections open'))
    );
  }

  /** A withdrawn grant ends what goes on; so does a host whose TLS is to be opened from now on, or no longer. */
  #recheck(sandboxId: string): void {
    const rules = this.book.now(sandboxId);
    for (const { host, opened, end } of this.#connections.of(sandboxId)) {
      const judgement = rules && judge(rules, { host, scheme: 'tunnel' }, this.book.clock());
      if (rules && judgement?.allowed && (opened === undefined || opensTls(rules, host) === opened)) continue;
      this.#options.log({
        sandboxId,
        host,
        port: 0,
        allowed: false,
        reason: 'cut off: the rules are others now',
      });
      end();
    }
  }
}

/** What no yes could open is asked of nobody: names and addresses that lead inside. */
const isAskable = (host: string): boolean =>
  host.includes('.') && !/^[\d.]+$|\.(localhost|local|internal|intranet|home\.arpa|invalid)$/.test(host);
