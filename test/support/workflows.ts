import { type Call, done, type Message, type Script, type Step } from '../emulators/model/index.ts';
import type { Watch } from './watch.ts';

export type Node = { id: string; agent: string; goal: string } & Record<string, unknown>;
export const propose = (title: string, ...nodes: Node[]): Call => ({
  tool: 'propose_workflow',
  input: { title, nodes },
});
const textOf = (messages: Message[]) => messages.map(({ text }) => text).join('\n');
/** Answers by what its agent was asked: the first that fits. */
export const byAsk =
  (...ways: [asked: string, steps: Step[]][]): Script =>
  ({ answers, messages }) => {
    const text = textOf(messages.filter(({ role }) => role === 'user'));
    return ways.find(([asked]) => text.includes(asked))?.[1][answers] ?? done();
  };
/** Tries that began, as `node attempt`. */
export const entries = (session: Watch) =>
  session.all('workflow.node.entered').map(({ data }) => `${data.nodeId} ${data.attempt}`);
/** How tries ended, as `node attempt outcome`. */
export const lefts = (session: Watch) =>
  session.all('workflow.node.left').map(({ data }) => `${data.nodeId} ${data.attempt} ${data.outcome}`);
/** Once a node was left so. */
export const left = (session: Watch, nodeId: string, outcome = 'done') =>
  session.until(
    () =>
      session
        .all('workflow.node.left')
        .some(({ data }) => data.nodeId === nodeId && data.outcome === outcome),
    `${nodeId}: ${outcome}`,
  );

/** A part that is done when its file is there. */
export const part = (id: string, more: object = {}): Node => ({
  ...{ id, agent: 'builder', goal: `Do ${id} #${id}`, check: `test -s ${id}.md` },
  ...more,
});
