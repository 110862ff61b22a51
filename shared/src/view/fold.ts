import type { SessionEvent } from '../index.ts';
import { foldAttempts, isAttempt } from './attempts.ts';
import { openedChange, updatedChange } from './change.ts';
import { foldChildItem, leaveChildren } from './children.ts';
import type { Item, PromptItem, SandboxItem } from './items.ts';
import { findInside, foldTask, isOfTask, updateCall } from './tasks.ts';
import { elapsedMs, finishTurn, noteStop } from './turnEnd.ts';
import { foldRewind } from './undone.ts';
import { workflowLine } from './workflow.ts';

/**
 * Folds one event into `items`, in place: the caller owns the array and copies it once per batch. Items themselves
 * are replaced, never changed, so that what did not change stays the same object.
 */
export function foldItem(items: Item[], event: SessionEvent): void {
  if (isOfTask(event)) foldTask(items, event, foldOwn);
  else foldOwn(items, event);
}

/** The same of what is no task's, or stands within its task's group. */
function foldOwn(items: Item[], event: SessionEvent): void {
  const made = { seq: event.seq, at: event.at };
  switch (event.type) {
    case 'prompt.queued': {
      const { promptId, requestId, text, attachments, author, artifactId, when, mode, agent, places } =
        event.data;
      const via = event.actor.via;
      const item: PromptItem = {
        ...made,
        kind: 'prompt',
        promptId,
        requestId,
        text,
        ...(artifactId ? { artifactId } : {}),
        attachments,
        author,
        via,
        ...(when === 'now' ? { now: true } : {}),
        ...(mode === 'plan' || mode === 'large' ? { planOnly: true } : {}),
        ...(agent ? { agent } : {}),
        ...(places ? { places } : {}),
        state: 'queued',
      };
      if (findPrompt(items, promptId) < 0) items.push(item);
      return;
    }
    case 'prompt.edited':
      updatePrompt(items, event.data.promptId, ({ artifactId: _, agent, ...item }) => ({
        ...item,
        ...(agent && event.data.agent === undefined ? { agent } : {}),
        text: event.data.text,
        ...(event.data.artifactId ? { artifactId: event.data.artifactId } : {}),
        ...(event.data.agent ? { agent: event.data.agent } : {}),
      }));
      return;
    case 'prompt.cancelled':
      updatePrompt(items, event.data.promptId, item => ({ ...item, state: 'cancelled' }));
      return;
    case 'turn.started':
      startTurn(items, event);
      return;
    case 'turn.steered':
      takePrompts(items, event.data);
      return;
    case 'turn.stopping':
      noteStop(items, event);
      return;
    case 'turn.finished':
      finishTurn(items, event);
      return;
    case 'message.done': {
      const { messageId, text, error } = event.data;
      if (!hasMessage(items, messageId)) items.push({ ...made, kind: 'message', messageId, text, error });
      return;
    }
    case 'reasoning.done':
      items.push({ ...made, kind: 'reasoning', ...event.data });
      return;
    case 'tool.started': {
      const { callId, tool, input, risk } = event.data;
      if (findTool(items, callId) >= 0) return;
      items.push({ ...made, kind: 'tool', callId, tool, input, ...(risk ? { risk } : {}), state: 'running' });
      return;
    }
    case 'tool.finished': {
      const { callId, ...result } = event.data;
      const index = findTool(items, callId);
      const item = items[index];
      if (item?.kind === 'tool') items[index] = { ...item, state: 'finished', result };
      else
        items.push({
          ...made,
          kind: 'tool',
          callId,
          tool: null,
          input: undefined,
          state: 'finished',
          result,
        });
      return;
    }
    case 'sandbox.state':
      foldSandbox(items, event);
      return;
    case 'files.changed':
      items.push({ ...made, kind: 'files', ...event.data });
      return;
    case 'artifact.created':
      items.push({ ...made, kind: 'artifact', artifact: event.data });
      return;
    case 'change.opened':
      items.push({ ...made, kind: 'change', change: openedChange(event.data) });
      return;
    case 'change.updated': {
      const { data } = event;
      const { changeId } = data;
      const index = items.findLastIndex(item => item.kind === 'change' && item.change.changeId === changeId);
      const item = items[index];
      if (item?.kind === 'change') items[index] = { ...item, change: updatedChange(item.change, data) };
      return;
    }
    case 'approval.requested': {
      const { approvalId, text, plan = false } = event.data;
      items.push({ ...made, kind: 'approval', approvalId, text, plan, asked: event.data, state: 'open' });
      callWaits(items, event.data.callId, true);
      return;
    }
    case 'approval.resolved': {
      const {
        approvalId,
        approved,
        by,
        expired = false,
        replaced = false,
        edited = false,
        extent,
        action,
      } = event.data;
      const index = items.findLastIndex(item => item.kind === 'approval' && item.approvalId === approvalId);
      const item = items[index];
      if (item?.kind === 'approval') {
        const state = approved ? 'approved' : expired ? 'expired' : replaced ? 'replaced' : 'refused';
        items[index] = { ...item, state, by, edited, extent, action };
        callWaits(items, item.asked.callId, false);
      }
      return;
    }
    case 'budget.reached':
    case 'budget.raised': {
      const level = event.type === 'budget.reached' ? 'warning' : 'info';
      items.push({ ...made, kind: 'notice', level, text: event.data.text });
      return;
    }
    case 'workflow.replanned':
    case 'workflow.finished':
      items.push({ ...made, kind: 'notice', ...workflowLine(event) });
      return;
    case 'notice':
      items.push({ ...made, kind: 'notice', ...event.data });
      return;
    case 'session.rewound':
      items.push({ ...made, kind: 'mark', actor: event.actor, event });
      foldRewind(items);
      return;
    case 'attempts.started':
    case 'attempts.ended':
    case 'attempt.taken':
      foldAttempts(items, event);
      return;
    case 'child.started':
    case 'child.blocked':
    case 'child.finished':
      // What is compared stands together.
      if (!isAttempt(items, event.data.childId)) foldChildItem(items, event);
      return;
    case 'session.forked':
      if (event.data.from) leaveChildren(items);
      items.push({ ...made, kind: 'mark', actor: event.actor, event });
      return;
    case 'control.taken':
    case 'control.given':
    case 'session.created':
    case 'session.archived':
    case 'context.compacted':
    case 'grant.given':
    case 'grant.withdrawn':
      items.push({ ...made, kind: 'mark', actor: event.actor, event });
      return;
    case 'task.created':
    case 'task.started':
    case 'task.blocked':
    case 'task.finished':
    case 'board.written':
    case 'board.removed':
    case 'board.expired':
    case 'session.titled':
    case 'session.state':
    case 'todo.updated':
    case 'workflow.started':
    case 'workflow.node.entered':
    case 'workflow.node.left':
    case 'workflow.told':
    case 'workflow.cut':
      return;
  }
}

/** A call that somebody must approve does not run yet. */
function callWaits(items: Item[], callId: string | undefined, waits: boolean): void {
  if (callId !== undefined)
    updateCall(items, callId, item => (item.state === 'running' ? { ...item, waits } : item));
}

function startTurn(items: Item[], event: SessionEvent & { type: 'turn.started' }): void {
  const { turnId, promptIds, model, agent } = event.data;
  const { seq, at } = event;
  items.push({ seq, at, kind: 'turn', turnId, model, ...(agent ? { agent } : {}) });
  takePrompts(items, { turnId, promptIds });
}

/** They stand where the turn reads them. */
function takePrompts(
  items: Item[],
  { turnId, promptIds }: { turnId: string; promptIds: readonly string[] },
): void {
  for (const promptId of promptIds) {
    const index = findPrompt(items, promptId);
    const item = items[index];
    if (item?.kind !== 'prompt') continue;
    items.splice(index, 1);
    items.push({ ...item, state: 'running', turnId });
  }
}

function foldSandbox(items: Item[], event: SessionEvent & { type: 'sandbox.state' }): void {
  const { state, from, detail } = event.data;
  const index = items.findLastIndex(item => item.kind === 'sandbox');
  const before = items[index];
  const underWay = before?.kind === 'sandbox' && isUnderWay(before);
  // It was ready already, for all but the tool that waited longer.
  if (state === 'ready' && !from && before?.kind === 'sandbox' && before.state === 'ready') return;
  if (underWay) {
    items[index] = {
      ...before,
      state,
      from: from ?? before.from,
      detail,
      durationMs: elapsedMs(before, event),
    };
  } else {
    items.push({ seq: event.seq, at: event.at, kind: 'sandbox', state, from, detail, durationMs: 0 });
  }
}

const isUnderWay = ({ state }: SandboxItem) =>
  state === 'warming' || state === 'restoring' || state === 'syncing';

const findPrompt = (items: readonly Item[], promptId: string) =>
  items.findLastIndex(item => item.kind === 'prompt' && item.promptId === promptId);
export const hasMessage = (items: readonly Item[], messageId: string) =>
  findInside(items, item => item.kind === 'message' && item.messageId === messageId) !== undefined;
export const hasReasoning = (items: readonly Item[], reasoningId: string) =>
  findInside(items, item => item.kind === 'reasoning' && item.reasoningId === reasoningId) !== undefined;
/** A call that ended, or was cut. */
export const hasEndedCall = (items: readonly Item[], callId: string) =>
  findInside(items, item => item.kind === 'tool' && item.callId === callId && item.state !== 'running') !==
  undefined;
const findTool = (items: readonly Item[], callId: string) =>
  items.findLastIndex(item => item.kind === 'tool' && item.callId === callId);

function updatePrompt(items: Item[], promptId: string, change: (item: PromptItem) => PromptItem): void {
  const index = findPrompt(items, promptId);
  const item = items[index];
  if (item?.kind === 'prompt') items[index] = change(item);
}
