import type { SessionEvent } from '../index.ts';
import type { Item, SandboxItem, TurnItem } from './items.ts';
import { cutTask } from './tasks.ts';

export const elapsedMs = (from: TurnItem | SandboxItem, to: { at: string }) => {
  const ms = Date.parse(to.at) - Date.parse(from.at);
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
};

export function noteStop(items: Item[], { actor, data }: SessionEvent & { type: 'turn.stopping' }): void {
  const index = items.findLastIndex(item => item.kind === 'turn' && item.turnId === data.turnId);
  const item = items[index];
  if (item?.kind === 'turn' && actor.name) items[index] = { ...item, stoppedBy: actor.name };
}

export function finishTurn(items: Item[], event: SessionEvent & { type: 'turn.finished' }): void {
  const { turnId, outcome, usage, costUsd, question, choices = [], error, budget } = event.data;
  let durationMs: number | null = null;
  let stoppedBy: string | undefined;
  // Backwards to where the turn began: what is older belongs to turns that have ended.
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (item?.kind === 'turn.end') break;
    if (item?.kind === 'turn' && item.turnId === turnId) {
      durationMs = elapsedMs(item, event);
      if (outcome === 'stopped') stoppedBy = item.stoppedBy;
      break;
    }
    if (item?.kind === 'tool' && item.state === 'running') items[index] = { ...item, state: 'cut' };
    if (item?.kind === 'task') items[index] = cutTask(item);
    if (item?.kind === 'prompt' && item.state === 'running' && item.turnId === turnId) {
      items[index] = { ...item, state: 'done' };
    }
  }
  const made = { seq: event.seq, at: event.at };
  const used = { usage, costUsd, durationMs, stoppedBy };
  items.push({ ...made, kind: 'turn.end', turnId, outcome, ...used, question, choices, error, budget });
}
