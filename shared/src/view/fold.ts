import type { SessionEvent } from '../index.ts';
import { openedChange, updatedChange } from './change.ts';
import type { Item, PromptItem, SandboxItem, TurnItem } from './items.ts';
import { foldRewind } from './undone.ts';

/**
 * Folds one event into `items`, in place: the caller owns the array and copies it once per batch. Items themselves
 * are replaced, never changed, so that what did not change stays the same object.
 */
export function foldItem(items: Item[], event: SessionEvent): void {
  const made = { seq: event.seq, at: event.at };
  switch (event.type) {
    case 'prompt.queued': {
      const { promptId, requestId, text, attachments, author, artifactId } = event.data;
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
        state: 'queued',
      };
      if (findPrompt(items, promptId) < 0) items.push(item);
      return;
    }
    case 'prompt.edited':
      updatePrompt(items, event.data.promptId, ({ artifactId: _, ...item }) => ({
        ...item,
        text: event.data.text,
        ...(event.data.artifactId ? { artifactId: event.data.artifactId } : {}),
      }));
      return;
    case 'prompt.cancelled':
      updatePrompt(items, event.data.promptId, item => ({ ...item, state: 'cancelled' }));
      return;
    case 'turn.started':
      startTurn(items, event);
      return;
    case 'turn.finished':
      finishTurn(items, event);
      return;
    case 'message.done': {
      const { messageId, text, error } = event.data;
      if (!hasMessage(items, messageId)) items.push({ ...made, kind: 'message', messageId, text, error });
      return;
    }
    case 'tool.started': {
      const { callId, tool, input } = event.data;
      if (findTool(items, callId) >= 0) return;
      items.push({ ...made, kind: 'tool', callId, tool, input, state: 'running' });
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
      items.push({ ...made, kind: 'files', files: event.data.files });
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
      const { approvalId, text } = event.data;
      items.push({ ...made, kind: 'approval', approvalId, text, state: 'open' });
      return;
    }
    case 'approval.resolved': {
      const { approvalId, approved, by } = event.data;
      const index = items.findLastIndex(item => item.kind === 'approval' && item.approvalId === approvalId);
      const item = items[index];
      if (item?.kind === 'approval') {
        items[index] = { ...item, state: approved ? 'approved' : 'refused', by };
      }
      return;
    }
    case 'notice':
      items.push({ ...made, kind: 'notice', ...event.data });
      return;
    case 'session.rewound':
      items.push({ ...made, kind: 'mark', actor: event.actor, event });
      foldRewind(items);
      return;
    case 'session.created':
    case 'session.archived':
    case 'session.forked':
    case 'child.started':
    case 'child.finished':
    case 'context.compacted':
      items.push({ ...made, kind: 'mark', actor: event.actor, event });
      return;
    case 'session.titled':
    case 'session.state':
      return;
  }
}

function startTurn(items: Item[], event: SessionEvent & { type: 'turn.started' }): void {
  const { turnId, promptIds, model } = event.data;
  items.push({ seq: event.seq, at: event.at, kind: 'turn', turnId, model });
  for (const promptId of promptIds) {
    const index = findPrompt(items, promptId);
    const item = items[index];
    if (item?.kind !== 'prompt') continue;
    items.splice(index, 1);
    items.push({ ...item, state: 'running', turnId });
  }
}

function finishTurn(items: Item[], event: SessionEvent & { type: 'turn.finished' }): void {
  const { turnId, outcome, usage, costUsd, question, choices = [], error } = event.data;
  let durationMs: number | null = null;
  // Backwards to where the turn began: what is older belongs to turns that have ended.
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (item?.kind === 'turn.end') break;
    if (item?.kind === 'turn' && item.turnId === turnId) {
      durationMs = elapsedMs(item, event);
      break;
    }
    if (item?.kind === 'tool' && item.state === 'running') items[index] = { ...item, state: 'cut' };
    if (item?.kind === 'prompt' && item.state === 'running' && item.turnId === turnId) {
      items[index] = { ...item, state: 'done' };
    }
  }
  const made = { seq: event.seq, at: event.at };
  const used = { usage, costUsd, durationMs };
  items.push({ ...made, kind: 'turn.end', turnId, outcome, ...used, question, choices, error });
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

const elapsedMs = (from: TurnItem | SandboxItem, to: { at: string }) => {
  const ms = Date.parse(to.at) - Date.parse(from.at);
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
};

const findPrompt = (items: readonly Item[], promptId: string) =>
  items.findLastIndex(item => item.kind === 'prompt' && item.promptId === promptId);
export const hasMessage = (items: readonly Item[], messageId: string) =>
  items.findLastIndex(item => item.kind === 'message' && item.messageId === messageId) >= 0;
export const findTool = (items: readonly Item[], callId: string) =>
  items.findLastIndex(item => item.kind === 'tool' && item.callId === callId);

function updatePrompt(items: Item[], promptId: string, change: (item: PromptItem) => PromptItem): void {
  const index = findPrompt(items, promptId);
  const item = items[index];
  if (item?.kind === 'prompt') items[index] = change(item);
}
