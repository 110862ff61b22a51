import { part, sessionKey } from '../store/keys.ts';
import { Run } from '../store/meta.ts';
import type { Store } from '../store/store.ts';

/** What a worker needs to go on with a turn, besides context and log. */
export type RunState = {
  /** The turn in progress; null where none runs. */
  turn: Run | null;
  /** Turn that somebody asked to stop. */
  stop: string | null;
};

/**
 * Of a session in Redis. A hibernated one runs nothing. Versions before kept it inside meta: there it stays until the
 * next write, which moves it.
 */
export async function readRun(store: Store, sessionId: string): Promise<RunState> {
  const fields = await readFields(store, sessionId, { now: ['turn', 'stop'], before: ['run', 'stop'] });
  const [turn, stop] = fields;
  return { turn: turn ? Run.parse(JSON.parse(turn)) : null, stop: stop || null };
}

/** The turn that runs and the one that is to stop, by their ids alone: run state itself may be large. */
export async function readRunIds(
  store: Store,
  sessionId: string,
): Promise<{ turnId: string | null; stop: string | null }> {
  const names = ['turnId', 'stop'];
  const [turnId, stop] = await readFields(store, sessionId, { now: names, before: names });
  return { turnId: turnId || null, stop: stop || null };
}

async function readFields(
  store: Store,
  sessionId: string,
  names: { now: string[]; before: string[] },
): Promise<(string | null)[]> {
  const answers = await store
    .multi()
    .hmget(sessionKey(sessionId, part.run), ...names.now)
    .hmget(sessionKey(sessionId, part.meta), ...names.before)
    .exec();
  const [now = [], before = []] = (answers ?? []).map(([error, values]) => {
    if (error) throw error;
    return values as (string | null)[];
  });
  return now.map((value, i) => value ?? before[i] ?? null);
}
