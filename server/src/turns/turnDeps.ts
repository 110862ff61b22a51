import type { Logger } from 'pino';
import type { Models } from '../agent/models/models.ts';
import type { ModelPort } from '../agent/ports.ts';
import type { PriceTable } from '../agent/prices.ts';
import type { ReadAttachment } from '../agent/userMessage.ts';
import type { ChangeTools } from '../changes/tools.ts';
import type { OpenDelivery } from '../delivery/types.ts';
import type { Budgets } from '../policy/budgets/budgets.ts';
import type { Policies } from '../policy/policies.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import type { KeepOutput } from '../sandboxes/keptOutput.ts';
import type { AskPage } from '../sessions/pageAsks.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AgentRegistry } from '../tasks/agents/registry.ts';
import type { Children } from '../tasks/children.ts';
import type { WorkflowSettings } from '../tasks/workflow/state.ts';
import type { ContextDeps } from './contextPort.ts';

/** What turns work with, whichever they are. */
export type TurnDeps = {
  model: Omit<ModelPort, 'agentModel'> & { models: Models };
  readAttachment: ReadAttachment;
  readArtifact: ReadAttachment;
  clock: () => number;
  /** How what the model reads is kept within its window. */
  context: ContextDeps['settings'];
  store: Store;
  sandboxes: Sources;
  repos: Repos;
  delivery: OpenDelivery;
  keepOutput: (writer: TurnWriter) => KeepOutput;
  changes: ChangeTools;
  children: Children;
  policies: Policies;
  askPage: AskPage;
  budgets: Budgets;
  agents: AgentRegistry;
  /** How many tasks of a turn run at once, and how deep they may be given on. */
  tasks: { atOnce: number; depth: number };
  /** Bounds of a workflow: how often a part is tried again, planned anew, mended; how long a try may take. */
  workflows: WorkflowSettings;
  keepText: (writer: TurnWriter, kept: { name: string; text: string }) => Promise<string>;
  maxSteps: number;
  prices: PriceTable;
  log: Logger;
};
