import type { Authority } from '@deckhand/sandbox/egress/authority';
import type { CountedDecision, SandboxRules } from '@deckhand/sandbox/egress/protocol';
import { opensTls, restricts } from '@deckhand/sandbox/egress/rules';
import type { Grant } from '@deckhand/shared';
import type { Logger } from 'pino';
import { every, type Repeated } from '../../platform/every.ts';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import type { EgressLink, SandboxDriver } from '../../sandboxes/driver.ts';
import type { SandboxEgress } from '../../sandboxes/egressPort.ts';
import type { EnvironmentSecrets } from '../../sandboxes/environments/secrets.ts';
import type { Ownership, OwnershipRecords } from '../../sandboxes/lifecycle/ownership.ts';
import type { EngineReady } from '../../sandboxes/sandboxes.ts';
import { noteEgress } from '../../sessions/egressRecords.ts';
import { orgKeys } from '../../sessions/store/keys.ts';
import type { Store } from '../../sessions/store/store.ts';
import { listGrants } from '../grants.ts';
import { askForEgress, settleAsked } from './egressAsks.ts';
import type { EgressPolicy } from './egressPolicy.ts';
import { sandboxRules, whoAllows } from './sandboxRules.ts';

export type EgressDeps = {
  store: Store;
  /** A connection of its own: it subscribes. */
  subscriber: Store;
  records: Pick<OwnershipRecords, 'list' | 'get'>;
  secrets: Pick<EnvironmentSecrets, 'proxied'>;
  /** What the policies say that count for a repository, widest first. */
  policiesOf: (repoId: string) => Promise<EgressPolicy[]>;
  authority: () => Promise<Authority>;
  engine: EngineReady;
  orgId: string;
  /** Epoch milliseconds. */
  clock: () => number;
  log: Logger;
};

/** Sessions of which something was said are looked at this often: a grant counts within a second. */
const gatherMs = 150;
/** All are looked at anew: what nobody heard of, a policy that was pushed, a repository's grant. */
const lookAgainMs = 5_000;
const revisionKey = 'dh:egress:revision';
const buildsKept = 50;

type Place = Pick<Ownership, 'sandboxId' | 'owner' | 'claimId' | 'repoId' | 'orgId'>;
type Made = { rules: SandboxRules; policies: readonly EgressPolicy[] };

/** Tells the egress proxy what each sandbox may reach, hears what it tried, and has people asked. */
export class EgressKeeper implements SandboxEgress {
  #deps: EgressDeps;
  #link: { driver: SandboxDriver; link: EgressLink } | undefined;
  /** As JSON without its revision: what the proxy was given last. */
  #given = new Map<string, string>();
  /** Nothing is closed to them and they use no secret: no grant makes a difference. */
  #isOpen = new Set<string>();
  /** Networks of builds: they are in no record. */
  #builds = new Map<string, Place>();
  #heard = new Set<string>();
  #looking: Repeated;
  #hearing: Repeated;
  #one = oneAtATime<string>();

  constructor(deps: EgressDeps) {
    this.#deps = deps;
    const { subscriber, log } = deps;
    const failed = (error: unknown) => log.warn({ err: error }, 'rules of egress are not up to date');
    this.#looking = every(lookAgainMs, () => this.#lookAtAll(), failed);
    this.#hearing = every(gatherMs, () => this.#lookAtHeard(), failed);
    subscriber.on('message', (_channel: string, sessionId: string) => this.#heard.add(sessionId));
    const subscribe = () => subscriber.subscribe(orgKeys.newsChannel).catch(failed);
    subscriber.on('ready', subscribe);
    if (subscriber.status === 'ready') void subscribe();
    void this.#looking.now();
  }

  async admit(record: Place): Promise<void> {
    await this.#give(record).catch(error =>
      this.#deps.log.warn(
        { err: error, sandboxId: record.sandboxId },
        'a sandbox was not told of to the egress proxy',
      ),
    );
  }

  async authorityFor({ sandboxId, orgId, repoId }: Pick<Ownership, 'sandboxId' | 'orgId' | 'repoId'>) {
    const record = await this.#deps.records.get(sandboxId);
    const { rules } = await this.#make(
      record ?? { sandboxId, orgId, repoId, owner: 'session', claimId: '' },
      0,
    );
    const isOpened =
      rules.secrets.length > 0 ||
      rules.layers.some(({ allow, deny }) => [...allow, ...deny].some(({ host }) => opensTls(rules, host)));
    return isOpened ? (await this.#deps.authority()).certificate : null;
  }

  /** A repository's secrets are others now. */
  async refreshRepository(repoId: string): Promise<void> {
    for (const record of await this.#deps.records.list())
      if (record.repoId === repoId) await this.#give(record);
  }

  async close(): Promise<void> {
    this.#link?.link.close();
    void this.#hearing.stop();
    void this.#looking.stop();
  }

  async #open(): Promise<EgressLink | null> {
    const ready = await this.#deps.engine();
    if (!ready.ok) return null;
    const { driver } = ready;
    if (this.#link?.driver === driver) return this.#link.link;
    this.#link?.link.close();
    const { log, orgId } = this.#deps;
    const link = driver.openEgress({
      authority: this.#deps.authority,
      onOpen: () => {
        this.#given.clear();
        void this.#looking.now();
      },
      onDecisions: decisions => this.#hear(decisions),
      onBuild: async (id, repoId) => {
        const [oldest] = this.#builds.keys();
        if (this.#builds.size >= buildsKept && oldest !== undefined) {
          this.#builds.delete(oldest);
          link.forget(oldest);
        }
        const place: Place = { sandboxId: id, owner: 'build', claimId: id, repoId, orgId };
        this.#builds.set(id, place);
        await this.admit(place);
      },
      onError: error => log.warn({ err: error }, 'the egress proxy is not heard'),
    });
    this.#link = { driver, link };
    return link;
  }

  /** One at a time for each sandbox: what is given last was read last. */
  #give(record: Place): Promise<void> {
    return this.#one.run(record.sandboxId, async () => {
      const link = await this.#open();
      if (!link) return;
      // Before anything is read: a higher one has seen all that a lower one has.
      const revision = await this.#deps.store.incr(revisionKey);
      const { rules } = await this.#make(record, revision);
      if (rules.layers.length === 0 && rules.secrets.length === 0) this.#isOpen.add(record.sandboxId);
      else this.#isOpen.delete(record.sandboxId);
      const given = await link.give(rules);
      if (given.ok) this.#given.set(record.sandboxId, textOf(rules));
      else this.#deps.log.warn({ sandboxId: record.sandboxId }, given.message);
    });
  }

  async #make(place: Place, revision: number): Promise<Made> {
    const { sandboxId, orgId, repoId, owner } = place;
    const { secrets, policiesOf } = this.#deps;
    const phase = owner === 'build' ? 'build' : 'run';
    const [policies, found, grants] = await Promise.all([
      policiesOf(repoId),
      secrets.proxied(orgId, repoId, phase),
      this.#grantsOf(place),
    ]);
    if (!found.ok)
      this.#deps.log.warn({ repoId, reason: found.message }, 'secrets for the proxy cannot be read');
    const isSessions = owner === 'session';
    const own = found.ok ? found.secrets : [];
    const rules = sandboxRules({ sandboxId, phase, policies, secrets: own, grants, isSessions });
    return { rules: { ...rules, revision }, policies };
  }

  #grantsOf({ owner, claimId: sessionId, orgId, repoId }: Place): Promise<Grant[]> {
    if (owner !== 'session' || sessionId === '') return Promise.resolve([]);
    return listGrants(this.#deps.store, { sessionId, orgId, repoId }, this.#deps.clock());
  }

  async #lookAtHeard(): Promise<void> {
    if (this.#heard.size === 0) return;
    const heard = new Set(this.#heard);
    this.#heard.clear();
    for (const record of await this.#deps.records.list())
      if (record.owner === 'session' && heard.has(record.claimId) && !this.#isOpen.has(record.sandboxId))
        await this.#look(record);
  }

  async #lookAtAll(): Promise<void> {
    const link = await this.#open();
    if (!link?.isOpen()) return;
    const revision = await this.#deps.store.incr(revisionKey);
    const records = await this.#deps.records.list();
    for (const record of [...records, ...this.#builds.values()]) await this.#look(record);
    const there = new Set([...records.map(({ sandboxId }) => sandboxId), ...this.#builds.keys()]);
    for (const sandboxId of [...this.#given.keys(), ...this.#isOpen]) {
      if (there.has(sandboxId)) continue;
      this.#given.delete(sandboxId);
      this.#isOpen.delete(sandboxId);
    }
    link.keepOnly(there, revision);
  }

  /** Gives what is not what was given, and sees what became of what was asked for. */
  async #look(record: Place): Promise<void> {
    const { rules } = await this.#make(record, 0);
    if (this.#given.get(record.sandboxId) !== textOf(rules)) await this.#give(record);
    if (record.owner === 'session')
      await settleAsked(this.#deps, record.claimId, await this.#grantsOf(record));
  }

  async #hear(decisions: readonly CountedDecision[]): Promise<void> {
    for (const [sandboxId, own] of Map.groupBy(decisions, each => each.sandboxId)) {
      const record = await this.#deps.records.get(sandboxId);
      if (record?.owner !== 'session') continue;
      const { rules, policies } = await this.#make(record, 0);
      const heard = own.map(({ ask: _, reason, ...decision }) => ({
        ...decision,
        ...(reason ? { reason: reason.slice(0, 500) } : {}),
      }));
      await noteEgress(this.#deps.store, record.claimId, heard, { allowed: restricts(rules) });
      const who = whoAllows(policies);
      if (who === 'nobody') continue;
      for (const { ask, host, reason = '' } of own)
        if (ask) {
          const wish =
            ask.kind === 'host' ? { kind: ask.kind, value: host } : { kind: ask.kind, value: ask.name };
          await askForEgress(this.#deps, record.claimId, { ...wish, reason }, who);
        }
    }
  }
}

const textOf = (rules: SandboxRules) => JSON.stringify({ ...rules, revision: 0 });
