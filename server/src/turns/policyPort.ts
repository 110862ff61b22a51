import { createHash } from 'node:crypto';
import { type AgentDefinition, limits, newId, startOf } from '@deckhand/shared';
import type { Judged, PolicyPort } from '../agent/ports.ts';
import { toolOf } from '../agent/tools/catalog.ts';
import type { Call } from '../agent/tools/tool.ts';
import type { MayPush } from '../delivery/types.ts';
import type { Asked } from '../policy/decide.ts';
import type { Deed } from '../policy/deed.ts';
import type { Policies } from '../policy/policies.ts';
import { type Answered, readAnswer } from '../sessions/answeredApproval.ts';
import type { ApprovalRequest } from '../sessions/approvals.ts';
import { narrowest } from '../sessions/mayAnswer.ts';
import type { StepWriter } from '../sessions/run/stepWriter.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import { agentActor } from '../sessions/run/turnWriter.ts';
import { authorsOf, type Meta, type Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { permissionLayer } from '../tasks/agents/permissionLayer.ts';
import { ParkedTurn } from './parkedTurn.ts';
import type { TurnControl } from './turnControl.ts';

/** Asks somebody before the turn lets go. */
export class ParkedForAnswer extends ParkedTurn {
  readonly request: ApprovalRequest;
  constructor(request: ApprovalRequest) {
    super(request.text);
    this.request = request;
  }

  async park(writer: TurnWriter, run: Run): Promise<'parked' | 'stopped'> {
    return (await writer.park(run, this.request)) ? 'parked' : 'stopped';
  }
}

export type PolicyPortDeps = {
  store: Store;
  policies: Policies;
  writer: StepWriter;
  meta: Meta;
  run: Run;
  control: TurnControl;
  /** Agents that gave the task, and those that gave theirs: none does more than they may. */
  above?: readonly Pick<AgentDefinition, 'id' | 'permissions'>[];
};

/**
 * What policy says to a turn's calls. An approval is for the exact call of exactly these people: it is named by the
 * call, which runs at most once, and holds the digest of what was asked for.
 */
export function policyPort(deps: PolicyPortDeps): PolicyPort & { mayPush: MayPush } {
  return {
    judge: call => judge(deps, { approvalId: `call-${call.callId}`, call, callId: call.callId }),
    async mayPush({ branch, head, opens }) {
      const { untrusted = [] } = deps.run;
      const input = { branch, head, opens };
      const call: Call = { callId: '', modelCallId: '', tool: 'push', input, untrusted };
      const judged = await judge(deps, { approvalId: `push-${deps.run.turnId}-${head.slice(0, 16)}`, call });
      const risk = deps.policies.riskOf(call, { untrusted });
      return judged.may === 'run' ? { ok: true, risk } : { ok: false, why: judged.told };
    },
  };
}

type Question = { approvalId: string; call: Call; callId?: string };

async function judge(deps: PolicyPortDeps, question: Question): Promise<Judged> {
  const { store, writer, control } = deps;
  const { approvalId, call } = question;
  const { deed, decision } = await judgeCall(deps, call);
  if (decision.do === 'refuse') return refused('Refused by policy', decision.why);
  // What somebody changed runs so, also where it is not asked for any more.
  const isAnswered = decision.do === 'ask' || deed.edits;
  const answer = isAnswered ? await readAnswer(store, writer.sessionId, approvalId) : null;
  if (answer) return answered(deps, { ...question, answer, asked: decision.do === 'ask' ? decision : null });
  if (decision.do === 'allow') return { may: 'run', call };
  if (Buffer.byteLength(deed.action) > limits.approvalActionBytes)
    return refused(
      'Too long to be approved',
      `${decision.why} Somebody must approve it, and people approve only what they can read whole: at most ${limits.approvalActionBytes / 1024} KiB. Do it in smaller steps.`,
    );
  if (control.interrupt.aborted) return refused('Stopped before it started', 'The turn was stopped.');
  throw new ParkedForAnswer(requestOf(deps, { ...question, deed, asked: decision }));
}

const judgeCall = ({ policies, meta, run, above = [] }: PolicyPortDeps, call: Call) =>
  policies.judge(call, {
    place: { sessionId: meta.id, orgId: meta.orgId, repoId: meta.repo },
    authors: authorsOf(run),
    untrusted: call.untrusted ?? [],
    agents: [...above, ...(run.agent ? [run.agent] : [])].map(permissionLayer),
  });

const refused = (summary: string, why: string): Judged => ({
  may: 'not',
  summary,
  told: `Not run: ${why} Go on without it, or say why it is needed.`,
});

async function answered(
  deps: PolicyPortDeps,
  { call, answer, asked }: Question & { answer: Answered; asked: Asked | null },
): Promise<Judged> {
  if (answer.digest !== digestOf(call, deps.run))
    return refused('Not what was approved', 'It is not what somebody was asked for.');
  const { name, text } = answer;
  if (name === undefined) return refused('Nobody approved it in time', 'Nobody approved it in time.');
  if (!answer.approved) return refused(`Refused by ${name}`, `${name} refused it.`);
  if (text === undefined) return { may: 'run', call };
  const input = { ...(call.input as object), command: text };
  const edited: Call = { ...call, input };
  if (!toolOf(call.tool)?.schema.safeParse(input).success)
    return refused('Not a command', `${name} changed it to something that is no command.`);
  // What it became may be more than whoever approved it may approve.
  const { decision } = await judgeCall(deps, edited);
  const mightBe = asked?.who ?? 'anyone';
  if (decision.do === 'refuse') return refused('Refused by policy', `As ${name} changed it: ${decision.why}`);
  if (decision.do === 'ask' && narrowest(mightBe, decision.who) !== mightBe)
    return refused('Not approved', `As ${name} changed it, somebody else must approve it.`);
  return { may: 'run', call: edited, told: `[${name} approved this changed; what ran is:]\n${text}\n` };
}

function requestOf(
  { run, meta }: PolicyPortDeps,
  { approvalId, callId, call, deed, asked }: Question & { deed: Deed; asked: Asked },
): ApprovalRequest {
  const { why, risk, who, needs } = asked;
  const isShort = needs.every(
    ({ value }) => value !== null && value.length <= limits.grantValueChars && value !== '',
  );
  const extents = asked.extents.filter(
    extent => extent === 'once' || (isShort && (extent !== 'repository' || meta.repo !== null)),
  );
  const reason = startOf(why, limits.approvalWhyChars);
  return {
    approvalId,
    text: startOf(`${deed.tool}: ${deed.action}`, 2_000),
    ...(callId ? { callId } : {}),
    turnId: run.turnId,
    kind: 'call',
    what: { tool: deed.tool, action: deed.action, ...(deed.edits ? { edits: true } : {}) },
    why: reason,
    ...(risk ? { risk } : {}),
    who,
    extents,
    expiresAtMs: Date.now() + asked.expireMinutes * 60_000,
    author: run.author,
    ...(run.beside ? { beside: run.beside } : {}),
    digest: digestOf(call, run),
    onYes: {
      kind: 'call',
      grants: isShort
        ? [...new Map(needs.map(need => [`${need.scope} ${need.value}`, need])).values()].map(
            ({ scope, value }) => ({
              grantId: newId('grant'),
              scope,
              value: value ?? '',
              for: 'session' as const,
              who,
              reason,
            }),
          )
        : [],
    },
    actor: agentActor,
  };
}

/** Of a tool, its exact arguments and the people whose turn it is. */
export function digestOf(
  { tool, input }: Pick<Call, 'tool' | 'input'>,
  run: Pick<Run, 'author' | 'beside'>,
): string {
  const people = [run.author, ...(run.beside ?? [])].map(({ userId }) => userId);
  return createHash('sha256')
    .update(JSON.stringify([tool, canonical(input), people]))
    .digest('hex');
}

/** The same whatever the order of keys. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, canonical(inner)]);
}
