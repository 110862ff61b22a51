import { randomBytes } from 'node:crypto';
import { type Grant, type MayAnswer, newId } from '@deckhand/shared';
import { readAnswer } from '../../sessions/answeredApproval.ts';
import { askApproval } from '../../sessions/approvals.ts';
import { readField } from '../../sessions/archive/hotOrCold.ts';
import { type Asked, askedOf, moveAsked } from '../../sessions/egressAsked.ts';
import { systemActor } from '../../sessions/run/turnWriter.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import { authorsOf, Run } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';

/** That wait in one session at once, and that are asked in all: a flood of refused hosts asks a few times. */
const mostWaiting = 3;
const mostInAll = 20;
const expireMs = 30 * 60_000;
/** How long "once" counts. */
export const onceMs = 10 * 60_000;
/** One that was written down and never asked, because its server died in between. */
const lostMs = 60_000;

export type Wish = { kind: Asked['kind']; value: string; reason: string };
type Deps = { store: Store; clock: () => number };

const scopeOf = { host: 'network:external', secret: 'secret' } as const;

/** Asks the people of a session for what was refused, unless it waits already or somebody said no. */
export async function askForEgress(
  { store, clock }: Deps,
  sessionId: string,
  { kind, value, reason }: Wish,
  who: MayAnswer,
): Promise<void> {
  const all = await askedOf(store, sessionId);
  const before = all.find(each => each.kind === kind && each.value === value) ?? null;
  // What was refused just before a yes is often heard of just after it.
  if (before && before.state !== 'over') return;
  if (all.length >= mostInAll && !before) return;
  if (all.filter(({ state }) => state === 'asked').length >= mostWaiting) return;
  const run = await runningTurn(store, sessionId);
  const [author, ...beside] = run ? authorsOf(run) : [];
  const nowMs = clock();
  const to: Asked = {
    kind,
    value,
    approvalId: `apr_egress_${randomBytes(8).toString('hex')}`,
    grantId: newId('grant'),
    askedAtMs: nowMs,
    state: 'asked',
  };
  if (!(await moveAsked(store, sessionId, { from: before, to }))) return;
  const asked = await askApproval(store, sessionId, {
    approvalId: to.approvalId,
    text:
      kind === 'host'
        ? `Blocked: ${value}. Allow for this session?`
        : `A command needs the secret ${value}. Allow its use for this session?`,
    kind: 'grant',
    what: { action: value },
    why: reason,
    // Between turns nobody is known to be another than whoever began it.
    who: author || who === 'anyone' ? who : 'admin',
    ...(author ? { author, beside } : {}),
    ...(run ? { turnId: run.turnId } : {}),
    extents: ['once', 'session', 'repository'],
    onYes: {
      kind: 'grant',
      grant: { grantId: to.grantId, scope: scopeOf[kind], value, for: 'session', reason },
      onceMs,
    },
    expiresAtMs: nowMs + expireMs,
    actor: systemActor,
  });
  // Too many other approvals wait, or the session takes none: the next refusal asks again.
  if (!asked.ok) await moveAsked(store, sessionId, { from: to, to: { ...to, state: 'over' } });
}

async function runningTurn(store: Store, sessionId: string): Promise<Run | null> {
  const text = await store.hget(sessionKey(sessionId, part.run), 'turn');
  return text ? Run.parse(JSON.parse(text)) : null;
}

/** Finds out what became of what was asked for, and has the agent told. `grants`: all that count in the session now. */
export async function settleAsked(
  { store, clock }: Deps,
  sessionId: string,
  grants: readonly Grant[],
): Promise<void> {
  for (const from of await askedOf(store, sessionId)) {
    const { kind, value, approvalId, askedAtMs } = from;
    const grant = grants.find(each => each.scope === scopeOf[kind] && each.value === value);
    const move = (state: Asked['state'], tell?: string) =>
      moveAsked(store, sessionId, { from, to: { ...from, state }, ...(tell ? { tell } : {}) });
    if (grant && from.state !== 'given')
      await move('given', `${sentenceOf[kind].given(value)} ${grant.by.name} allowed it${reachOf(grant)}.`);
    else if (!grant && from.state === 'given') await move('over', sentenceOf[kind].over(value));
    else if (!grant && from.state === 'asked') {
      if (await readField(store, sessionId, part.approvals, approvalId)) continue;
      const answer = await readAnswer(store, sessionId, approvalId);
      if (answer?.approved) continue;
      if (answer) {
        const by = answer.name ? `${answer.name} said no` : 'nobody answered in time';
        // Nobody's answer is no answer: it may be asked for again.
        await move(answer.name ? 'refused' : 'over', `${sentenceOf[kind].refused(value)}: ${by}.`);
      } else if (clock() - askedAtMs > lostMs) await move('over');
    }
  }
}

const sentenceOf = {
  host: {
    given: (value: string) => `${value} may be reached from the sandbox now: try again what was blocked.`,
    refused: (value: string) => `${value} stays blocked`,
    over: (value: string) => `${value} may not be reached from the sandbox any more.`,
  },
  secret: {
    given: (value: string) => `The secret ${value} may be used now: run again what needed it.`,
    refused: (value: string) => `The secret ${value} may not be used`,
    over: (value: string) => `The secret ${value} may not be used any more.`,
  },
};

function reachOf({ for: whose, expiresAt }: Grant): string {
  if (expiresAt) return ` until ${expiresAt.slice(11, 16)} UTC`;
  return whose === 'repository' ? ' for this repository' : ' for this session';
}
