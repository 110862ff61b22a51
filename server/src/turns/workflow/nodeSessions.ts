import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@deckhand/shared';
import { readChild, readChildren } from '../../sessions/children/childRecord.ts';
import { isElsewhere } from '../../tasks/workflow/graph.ts';
import type { NodeResult, Try, WorkflowPorts } from '../../tasks/workflow/orchestrate.ts';
import { progressOf } from '../../tasks/workflow/state.ts';
import { childPrompt, kept } from '../../tasks/workflow/words.ts';
import { ParkedForChildren } from '../childrenPort.ts';
import { callOf } from './calls.ts';
import type { WorkflowTurn } from './workflowTurn.ts';

type Ports = Pick<
  WorkflowPorts,
  'isElsewhere' | 'beginElsewhere' | 'endedElsewhere' | 'newsFromElsewhere' | 'waitElsewhere'
>;

/** How often it is looked whether a session ended while other parts run here. */
const lookEveryMs = 500;

/** Nodes on other repositories: sessions that this one begins, prompts again where they failed, and waits for. */
export function nodeSessions({ turn, judge }: WorkflowTurn): Ports {
  const { deps, meta, run, ports, control } = turn;
  const { store, children, clock } = deps;
  /** Records as they were when it was last looked whether they ended. */
  let seen = new Map<string, string>();
  // People may be asked in there, and sleep on it.
  const deadlineOf = ({ node, state }: Try) =>
    (progressOf(state, node.id).enteredAtMs ?? clock()) + (node.timeoutMs ?? limits.nodeTimeoutMs);

  return {
    isElsewhere: node => isElsewhere(node, meta.repo),

    async beginElsewhere({ node, attempt, state }, note) {
      const { childId, after } = progressOf(state, node.id);
      const { workflowId } = state;
      const prompt = childPrompt(state, node);
      if (childId === undefined) {
        const title = `${node.id}: ${state.graph.title}`.slice(0, limits.titleChars);
        const input = { repo: node.repo, title, prompt, agent: node.agent };
        const call = { ...callOf(workflowId, 'spawn_session', node.id, attempt), input };
        const judged = await judge(call);
        if (judged.may === 'not') return refused(judged.told);
        const begun = await ports.children.spawn(call, input);
        if (!begun.ok || begun.childId === undefined) return refused(begun.text);
        await note(begun.childId, null);
        return null;
      }
      // This try began it.
      if (after === null) return null;
      const known = await readChild(store, meta.id, childId);
      if (!known) return refused('Its session is not known any more.');
      const ended = after === undefined ? known.record.lastEnded : after;
      if (after === undefined) await note(childId, ended);
      // It has gone on since: what it was asked again it has read.
      if (known.record.lastEnded !== ended) return null;
      const call = {
        ...callOf(workflowId, 'session_message', node.id, attempt),
        input: { session: childId, text: prompt },
      };
      const judged = await judge(call);
      if (judged.may === 'not') return refused(judged.told);
      const sent = await ports.children.message(call, { sessionId: childId, text: prompt });
      return sent.ok ? null : refused(sent.text);
    },

    async endedElsewhere(tries) {
      control.interrupt.throwIfAborted();
      if (tries.length === 0) return [];
      const known = await readChildren(store, meta.id);
      seen = new Map([...known].map(([id, { text }]) => [id, text]));
      const results: { id: string; result: NodeResult }[] = [];
      for (const each of tries) {
        const { childId, after = null } = progressOf(each.state, each.node.id);
        const record = childId === undefined ? undefined : known.get(childId)?.record;
        const { id } = each.node;
        if (!childId) continue;
        if (!record) {
          results.push({ id, result: refused('Its session is not known any more.') });
          continue;
        }
        const { state, lastEnded, end } = record;
        if (state === 'ended' && lastEnded !== after && end?.outcome !== 'asked')
          results.push({ id, result: resultOf(end) });
        else if (deadlineOf(each) <= clock()) {
          await children.stop(childId);
          results.push({ id, result: refused('Its session took longer than it may, and was stopped.') });
        }
      }
      return results;
    },

    async newsFromElsewhere(_, signal) {
      const all = AbortSignal.any([signal, control.interrupt, control.abandon]);
      await sleep(lookEveryMs, undefined, { signal: all }).catch(() => {});
    },

    async waitElsewhere(tries) {
      const waits = tries.flatMap(each => {
        const { childId } = progressOf(each.state, each.node.id);
        return childId ? [{ childId, untilMs: deadlineOf(each) }] : [];
      });
      const childIds = waits.map(({ childId }) => childId);
      const { callId } = callOf(run.turnId, 'session_wait', ...childIds);
      throw new ParkedForChildren({
        wait: {
          ...{ callId, childIds, any: true, answered: true },
          untilMs: Math.min(...waits.map(({ untilMs }) => untilMs)),
        },
        seen: new Map(childIds.map(id => [id, seen.get(id) ?? ''])),
      });
    },
  };
}

const refused = (text: string): NodeResult => ({ outcome: 'failed', text: kept(text) });

type End = { outcome: string; text?: string | undefined; change?: { url: string } | undefined };

function resultOf(end: End | undefined): NodeResult {
  const text = [end?.text, end?.change && `Its change: ${end.change.url}`].filter(Boolean).join('\n');
  if (end?.outcome === 'done') return { outcome: 'done', text: kept(text) };
  return { outcome: 'failed', text: kept(`Its session ended: ${end?.outcome ?? 'stopped'}. ${text}`) };
}
