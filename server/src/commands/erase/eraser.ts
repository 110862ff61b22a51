import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import { type ErasePersonDeps, erasePerson } from './erasePerson.ts';
import { eraseSession, pruneMirror } from './eraseSession.ts';
import { addErasure, type Erasure, endErasure, pendingErasures } from './erasures.ts';
import { rewriteAof } from './sweepRedis.ts';

const lookEveryMs = 60_000;

export type Eraser = {
  /** Resolves once it is erased; a crash in between leaves it to the next start. */
  erase(erasure: Erasure): Promise<void>;
  close(): Promise<void>;
};

/** Erases what is to be erased, one after the other, also what a server that died had begun. */
export function openEraser({ log, ...deps }: ErasePersonDeps & { log: Logger }): Eraser {
  const { store, audit, clock } = deps;
  const turns = oneAtATime<'all'>();
  const carryOut = async (erasure: Erasure) => {
    const { kind, id } = erasure;
    if (kind === 'mirror') {
      if (erasure.dueMs > clock()) return;
      await pruneMirror(deps, id);
      return endErasure(store, erasure, null);
    }
    if (kind === 'session') await eraseSession(deps, id);
    else await erasePerson(deps, id);
    await endErasure(store, erasure, audit.names.of(kind, id));
    if (!(await rewriteAof(store)))
      log.warn('Redis did not write its append-only file anew: until it does, what was erased stands in it');
  };
  const rounds = every(
    lookEveryMs,
    async () => {
      for (const erasure of await pendingErasures(store)) await turns.run('all', () => carryOut(erasure));
    },
    error => log.warn({ err: error }, 'something is not erased yet; the next round tries again'),
  );
  void rounds.now();
  return {
    async erase(erasure) {
      await addErasure(store, erasure);
      await turns.run('all', () => carryOut(erasure));
    },
    close: () => rounds.stop(),
  };
}
