export * from './agents.ts';
export * from './answers.ts';
export * from './approvals.ts';
export * from './attempts.ts';
export * from './audit.ts';
export * from './board.ts';
export * from './budgets.ts';
export * from './changes.ts';
export * from './children.ts';
export * from './classify.ts';
export * from './commands.ts';
export * from './comments.ts';
export * from './control.ts';
export * from './cut.ts';
export * from './diff.ts';
export * from './egress.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './frames.ts';
export * from './githubCheck.ts';
export * from './grants.ts';
export * from './head.ts';
export * from './ids.ts';
export * from './images.ts';
export * from './limits.ts';
export { logLine } from './logLine.ts';
export * from './needs.ts';
export * from './page.ts';
export * from './people.ts';
export * from './permissions.ts';
export * from './policyCommands.ts';
export * from './preview.ts';
export {
  AfterStop,
  goOnText,
  isGoOn,
  PlanMode,
  PlanText,
  PromptMode,
  PromptWhen,
  planModeOf,
  runTogether,
} from './prompts.ts';
export * from './secrets.ts';
export * from './session.ts';
export * from './sessionList.ts';
export * from './socket.ts';
export * from './stats.ts';
export * from './stepCommands.ts';
export * from './tasks.ts';
export * from './terminal.ts';
export * from './threads.ts';
export * from './todo.ts';
export * from './tree.ts';
export * from './workflow.ts';
