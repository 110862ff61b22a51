import { type Actor, type EventDataOf, failure, type Result } from '@deckhand/shared';
import { commit } from './commit.ts';
import { part } from './keys.ts';
import { openStates } from './machine.ts';
import type { Store } from './store.ts';

/** A file that somebody gives to a session: recorded and told in one script. Its bytes are stored already. */
export async function addArtifact(
  store: Store,
  sessionId: string,
  given: { record: EventDataOf<'artifact.created'>; actor: Actor },
): Promise<Result> {
  const { record, actor } = given;
  const done = await commit(store, sessionId, {
    checks: [['among', part.meta, 'state', openStates]],
    ops: [['HSET', part.artifacts, record.artifactId, JSON.stringify(record)]],
    events: [{ type: 'artifact.created', actor, data: record }],
  });
  return done.ok ? { ok: true } : failure('not_found', 'This session is archived. Start a new one.');
}
