import type { ToolPorts } from '../agent/tools/tool.ts';
import type { Delivered } from '../delivery/types.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Meta, Run } from '../sessions/store/meta.ts';
import { boardPort } from './boardPort.ts';
import { changePort } from './changePort.ts';
import { childrenPort } from './childrenPort.ts';
import { pagePort } from './pagePort.ts';
import type { TurnControl } from './turnControl.ts';
import type { TurnDeps } from './turnDeps.ts';

/** What every agent of a turn works through alike. */
export type SharedPorts = Pick<ToolPorts, 'change' | 'page' | 'board' | 'children'>;

type Work = {
  meta: Meta;
  run: Run;
  control: TurnControl;
  writer: TurnWriter;
  /** Commits, pushes and opens what there is so far. */
  deliverNow: () => Promise<Delivered>;
};

export const sharedPorts = (deps: TurnDeps, work: Work): SharedPorts => ({
  change: changePort({ ...work, changes: deps.changes }),
  page: pagePort({ ...work, askPage: deps.askPage }),
  board: boardPort({ ...deps, ...work }),
  children: childrenPort({ ...deps, ...work }),
});
