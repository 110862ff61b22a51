import { SecretScanner } from '../../delivery/guard/secretScanner.ts';
import { type ControlCommandDeps, controlCommands } from './controlCommands.ts';
import { Handover, type HandoverDeps } from './handover.ts';
import { startControlSweep } from './sweepControl.ts';

export type ControlDeps = Omit<HandoverDeps, 'scanner'> & Omit<ControlCommandDeps, 'handover'>;

/** Control of sessions, by hand and back. */
export function openControl(deps: ControlDeps) {
  const scanner = new SecretScanner();
  const handover = new Handover({ ...deps, scanner });
  const stop = startControlSweep({ ...deps, handover }, error =>
    deps.log.warn({ err: error }, 'who left control was not looked at'),
  );
  return {
    handlers: controlCommands({ ...deps, handover }),
    handover,
    async close(): Promise<void> {
      stop();
      await scanner.close();
    },
  };
}
