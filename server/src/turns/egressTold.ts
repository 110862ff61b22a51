import { tellModel } from '../sessions/run/tellModel.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/** Tells the agent what became of hosts and secrets that people were asked for since it last read. */
export async function tellOfEgress(store: Store, writer: TurnWriter, run: Run): Promise<void> {
  const told = await store.lrange(sessionKey(writer.sessionId, part.egressTold), 0, -1);
  if (told.length === 0) return;
  // Of the same write: it is told once.
  await tellModel(writer, run, told.join('\n'), { ops: [['LTRIM', part.egressTold, told.length, -1]] });
}
