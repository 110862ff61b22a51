import {
  type Actor,
  type Author,
  type Failure,
  failure,
  type Result,
  type ShownAttempts,
} from '@deckhand/shared';
import { every } from '../../platform/every.ts';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import {
  type AttemptGroup,
  changeAttempts,
  indexAttempts,
  leaveAttempts,
  leaveReady,
  openAttempts,
  readAllAttempts,
  readAttempts,
} from '../../sessions/attempts/attemptRecords.ts';
import { type AttemptsRequest, startAttempts } from '../../sessions/attempts/startAttempts.ts';
import { mayTake, takeAttempt } from '../../sessions/attempts/takeAttempt.ts';
import { appendPrompt, cancelPrompt, headPrompts } from '../../sessions/queue/inbox.ts';
import { archiveSession, requestStop } from '../../sessions/queue/stop.ts';
import { systemActor } from '../../sessions/run/turnWriter.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import { isArchived } from '../../sessions/transitions.ts';
import { advanceGroup } from './advance.ts';
import { type AttemptsDeps, actorOf } from './deps.ts';
import { evidenceOf, turnsOf } from './evidence.ts';
import { reportOf } from './report.ts';
import { isTakeable } from './score.ts';
import { comparedOf, shownOf } from './shown.ts';

const sweepEveryMs = 5_000;

/** The same prompt worked on several times: begun, followed to its end, compared, one of them taken. */
export class Attempts {
  #deps: AttemptsDeps;
  #advancing = oneAtATime<string>();
  #taking = oneAtATime<string>();

  constructor(deps: AttemptsDeps) {
    this.#deps = deps;
  }

  /** Why so many may not be made; null where they may. */
  tooMany(count: number): Failure | null {
    const { most } = this.#deps;
    if (count <= most) return null;
    const none = 'This server makes no attempts.';
    return failure(
      'bad_request',
      most === 0 ? none : `At most ${most} attempts here, and these are ${count}.`,
    );
  }

  async start(sessionId: string, request: AttemptsRequest): Promise<Result<{ groupId: string }>> {
    const started = await startAttempts(this.#deps.store, sessionId, request);
    if (started.ok) await this.advance(sessionId, started.groupId);
    return started;
  }

  /** Does what is to be done next, once at a time here; servers that do it at the same time do the same once. */
  async advance(sessionId: string, groupId: string): Promise<void> {
    await this.#advancing.run(groupId, () => this.#advance(sessionId, groupId));
  }

  /** The same for all of a session's, as one of its sessions ended a turn. */
  async advanceOf(sessionId: string): Promise<void> {
    for (const open of await openAttempts(this.#deps.store))
      if (open.sessionId === sessionId) await this.advance(sessionId, open.groupId);
  }

  async #advance(sessionId: string, groupId: string): Promise<void> {
    const { store } = this.#deps;
    const kept = await readAttempts(store, sessionId, groupId);
    const parent = await readMeta(store, sessionId);
    if (!kept || !parent) return void (await leaveAttempts(store, sessionId, groupId));
    if (isArchived(parent.state)) {
      await leaveReady(store, sessionId, groupId);
      if (await this.#archiveAll(kept.group)) await leaveAttempts(store, sessionId, groupId);
      return;
    }
    const { group } = kept;
    if (group.state === 'working') return advanceGroup(this.#deps, parent, group);
    if (group.state === 'taken') {
      await leaveReady(store, sessionId, groupId);
      await this.#stopAll(group);
      if (!(await this.#deliver(sessionId, group))) return;
    }
    await leaveAttempts(store, sessionId, groupId);
  }

  /** Newest first, with what is known of each by now. */
  async list(sessionId: string): Promise<ShownAttempts[]> {
    const groups = await readAllAttempts(this.#deps.store, sessionId);
    return Promise.all(groups.map(({ group }) => shownOf(this.#deps, sessionId, group)));
  }

  /** Without a group: the newest. */
  async find(sessionId: string, groupId: string | undefined): Promise<Result<{ group: AttemptGroup }>> {
    const { store } = this.#deps;
    const kept = groupId
      ? await readAttempts(store, sessionId, groupId)
      : ((await readAllAttempts(store, sessionId))[0] ?? null);
    return kept
      ? { ok: true, group: kept.group }
      : failure('not_found', 'There are no such attempts in this session.');
  }

  /** The session goes on from this one; its change leaves with the evidence in its words. */
  take(
    sessionId: string,
    wanted: { groupId: string | undefined; n: number; author: Author; actor: Actor },
  ): Promise<Result<{ promptId: string }>> {
    // What two bring along at once would be in each other's way.
    return this.#taking.run(sessionId, () => this.#takeNow(sessionId, wanted));
  }

  async #takeNow(
    sessionId: string,
    wanted: { groupId: string | undefined; n: number; author: Author; actor: Actor },
  ): Promise<Result<{ promptId: string }>> {
    const { store } = this.#deps;
    const found = await this.find(sessionId, wanted.groupId);
    if (!found.ok) return found;
    const { group } = found;
    const { groupId } = group;
    const { n, author: by, actor } = wanted;
    const may = mayTake(group, n);
    if (!may.ok) return may;
    if (!group.taken) {
      const taken = await this.#take(sessionId, group, { n, by, actor });
      if (!taken.ok) return taken;
    }
    await this.advance(sessionId, groupId);
    const after = await readAttempts(store, sessionId, groupId);
    const promptId = after?.group.promptId;
    return promptId
      ? { ok: true, promptId }
      : failure('internal', 'It was taken; its change opens in a moment.');
  }

  async #take(
    sessionId: string,
    group: AttemptGroup,
    { n, by, actor }: { n: number; by: Author; actor: Actor },
  ): Promise<Result> {
    const { store } = this.#deps;
    const { groupId } = group;
    const childId = group.attempts.find(each => each.n === n)?.childId ?? '';
    const [evidence, child, parent] = await Promise.all([
      evidenceOf(this.#deps, { parentId: sessionId, childId }),
      readMeta(store, childId),
      readMeta(store, sessionId),
    ]);
    const turn = child && (await turnsOf(this.#deps, child)).work;
    if (!evidence || !child || !parent || !turn || !isTakeable(evidence))
      return failure('bad_request', `Attempt ${n} came to nothing that could be taken.`);
    const all = await comparedOf(this.#deps, sessionId, group);
    const words = reportOf(group, { n, all, by: by.name });
    const adopted = await this.#deps.adopt({ from: child, turn, to: parent });
    if (!adopted.ok) {
      // Somebody on another server may have been quicker.
      const now = await readAttempts(store, sessionId, groupId);
      const still = now ? mayTake(now.group, n) : adopted;
      return still.ok ? adopted : still;
    }
    const stands = { ...child, refSha: turn.refSha, baseSha: turn.baseSha, root: turn.root };
    const taking = { groupId, n, by, actor, child: stands, disk: adopted.disk, words };
    const taken = await takeAttempt(store, sessionId, taking);
    if (!taken.ok) return taken;
    // The next turn gets another sandbox. What cannot be ended now, the reaper ends.
    if (taken.sandboxId) void this.#deps.discard(sessionId, taken.sandboxId).catch(() => {});
    return { ok: true };
  }

  /** What was taken leaves: by a prompt of whoever took it, of which no model is asked. False: not yet. */
  async #deliver(sessionId: string, group: AttemptGroup): Promise<boolean> {
    const { store, wake } = this.#deps;
    const { groupId, taken, promptId, attempts, text } = group;
    if (!taken || promptId) return true;
    const title = text.trim().split('\n')[0]?.slice(0, 200) ?? '';
    const queued = await appendPrompt(store, sessionId, {
      ...{ requestId: `take-${groupId}`, author: taken.by, actor: actorOf(taken.by), attachments: [] },
      text: `Attempt ${taken.n} of ${attempts.length} was taken: what it did lies in the work tree, and its change is opened. What was asked:\n\n${text}`,
      delivers: { title, body: taken.words },
    });
    if (!queued.ok) return false;
    await changeAttempts(store, { sessionId, groupId }, now =>
      now.promptId ? null : { group: { ...now, promptId: queued.promptId } },
    );
    await wake(sessionId);
    return true;
  }

  /** All that run, without a group the newest group's. How many were stopped. */
  async stop(sessionId: string, groupId: string | undefined): Promise<Result<{ stopped: number }>> {
    const found = await this.find(sessionId, groupId);
    if (!found.ok) return found;
    const place = { sessionId, groupId: found.group.groupId };
    const stopping = await changeAttempts(this.#deps.store, place, group =>
      group.stopping || group.state !== 'working' ? null : { group: { ...group, stopping: true } },
    );
    if (stopping?.state !== 'working') return failure('turn_over', 'No attempts run in this session.');
    const stopped = await this.#stopAll(stopping);
    await this.advance(sessionId, place.groupId);
    return { ok: true, stopped };
  }

  async #stopAll({ attempts }: AttemptGroup): Promise<number> {
    const { store, wake } = this.#deps;
    let count = 0;
    for (const { childId } of attempts) {
      if (!(await readMeta(store, childId))) continue;
      // What waits would run after the stop.
      // Not its author withdrew it.
      for (const { promptId } of await headPrompts(store, childId))
        await cancelPrompt(store, childId, { promptId, actor: systemActor });
      const stopped = await requestStop(store, childId, undefined);
      if (!stopped.ok) continue;
      count += 1;
      if (stopped.goesOn) await wake(childId);
    }
    return count;
  }

  /** Their session is about to be archived: whatever dies afterwards, the sweep archives them, too. */
  async leave(sessionId: string): Promise<() => Promise<void>> {
    const { store } = this.#deps;
    const groups = await readAllAttempts(store, sessionId);
    for (const { group } of groups) await indexAttempts(store, sessionId, group.groupId);
    return async () => {
      for (const { group } of groups) await this.advance(sessionId, group.groupId);
    };
  }

  /** With their session. False where one still works: the sweep comes back. */
  async #archiveAll(group: AttemptGroup): Promise<boolean> {
    const { store } = this.#deps;
    await this.#stopAll(group);
    let all = true;
    for (const { childId } of group.attempts) {
      if (!(await readMeta(store, childId))) continue;
      const done = await archiveSession(store, childId, { kind: 'system' });
      all &&= done.ok;
    }
    return all;
  }

  /** Goes on with what a server left that died. Call what it returns to stop. */
  sweep(onError: (error: unknown) => void): () => void {
    const sweeping = every(
      sweepEveryMs,
      async () => {
        for (const { sessionId, groupId } of await openAttempts(this.#deps.store))
          await this.advance(sessionId, groupId);
      },
      onError,
    );
    return () => void sweeping.stop();
  }
}
