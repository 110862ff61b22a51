export { readBoard } from './board.ts';
export type { LiveText } from './drafts.ts';
export { egressOf } from './egress.ts';
export { applyToHead, emptyHead, headVersion } from './head.ts';
export * from './items.ts';
export { byUrgency, needsOf } from './needs.ts';
export { holdsTask } from './tasks.ts';
export {
  type Applied,
  applyEvent,
  applyEvents,
  applyFrame,
  emptyView,
  type Need,
  type Opening,
  openView,
  prependEvents,
  refreshDrafts,
  resumeView,
  type View,
} from './view.ts';
export { workflowLine } from './workflow.ts';
