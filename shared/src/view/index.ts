export type { LiveText } from './drafts.ts';
export { applyToHead, emptyHead, headVersion } from './head.ts';
export * from './items.ts';
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
