import type { Result } from '@deckhand/shared';
import type { Call, Judged } from '../../agent/ports.ts';
import type { TaskTurn } from '../tasks/taskTurn.ts';
import type { TurnTasks } from '../tasks/turnTasks.ts';

/** The turn that runs a workflow. */
export type WorkflowTurn = {
  turn: TaskTurn;
  tasks: TurnTasks;
  judge: (call: Call) => Promise<Judged>;
  /** Commits what there is as a change on which others are to stand. */
  cut: (part: { change: string; place: number }) => Promise<Result>;
  /** Before anything begins: rejects where the turn may use no more, or is to end. */
  room: () => Promise<void>;
};

/** A workflow may give more tasks than an agent that gives them one by one. */
export const mostNodeTasks = 400;
