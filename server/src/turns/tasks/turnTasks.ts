import { failure, isTaskOver, type Result } from '@deckhand/shared';
import { type Call, type CallResult, notRun, type TasksPort } from '../../agent/tools/tool.ts';
import { oneAtATime } from '../../platform/oneAtATime.ts';
import type { StepWriter } from '../../sessions/run/stepWriter.ts';
import type { TaskRecord } from '../../sessions/run/taskRecords.ts';
import type { TaskWriter } from '../../sessions/run/taskWriter.ts';
import type { Op } from '../../sessions/store/commit.ts';
import { part } from '../../sessions/store/keys.ts';
import type { Run } from '../../sessions/store/meta.ts';
import type { ParkedTurn } from '../parkedTurn.ts';
import { Interrupted } from '../turnControl.ts';
import { giveTask, taskIdOf, type Wanted } from './giveTask.ts';
import { type Live, LiveTasks, timeOf } from './liveTasks.ts';
import { obeyOrders } from './obeyOrders.ts';
import { Slots } from './slots.ts';
import { runTask } from './taskRun.ts';
import type { TaskTurn } from './taskTurn.ts';
import { WarmSiblings } from './warmSiblings.ts';
import { answered, resultOf, resultText, statusText } from './words.ts';

/** Whoever gives tasks, and where they write. */
type Giver = { writer: StepWriter; run: Run };

/**
 * The tasks of one turn: given once for each call that gives one, run side by side as far as there is room, gone on with
 * after a crash from where each stands.
 */
export class TurnTasks {
  #turn: TaskTurn;
  #live: LiveTasks;
  #slots = new Map<number, Slots>();
  #loaded: Promise<void> | null = null;
  #parked: ParkedTurn | null = null;
  #siblings = new WarmSiblings();
  #inTurn = oneAtATime<'give' | 'merge'>();
  #listens = false;
  #obeys = false;

  constructor(turn: TaskTurn) {
    this.#turn = turn;
    this.#live = new LiveTasks(turn);
  }

  /** What an agent may do with tasks: the turn's own, or one on a task. */
  port(of: TaskWriter | null = null): TasksPort {
    const giver = async () => {
      await this.load();
      return of && this.#live.get(of.state.task.id);
    };
    return {
      delegate: async (call, wanted) => this.#delegate(await giver(), call, wanted),
      status: async ids => {
        const found = this.#live.given(await giver(), ids);
        const lines = found.map(({ task }) => statusText(task.state)).join('\n');
        return answered(`${found.length} tasks`, lines || 'You gave no task in this turn.');
      },
      wait: async ids => this.#wait(await giver(), ids),
      cancel: async id => this.#cancel(this.#live.given(await giver(), [id])[0], id),
      message: async (call, { taskId, text }) =>
        this.#message(this.#live.given(await giver(), [taskId])[0], { call, taskId, text }),
    };
  }

  /** Whether an agent at this depth may give tasks; 0 is the turn's own. */
  delegates(depth: number): boolean {
    return depth < this.#turn.deps.tasks.depth;
  }

  /** Those that a worker before us left: what runs in the background goes on, the rest with the call that gave it. */
  load(): Promise<void> {
    this.#loaded ??= this.#live.load().then(() => {
      this.#listen();
      for (const live of this.#live.unfinished()) if (live.task.state.background) void this.#start(live);
    });
    return this.#loaded;
  }

  /** From its first task on: what people want of one is done at once. */
  #listen(): void {
    if (this.#listens || this.#live.count === 0) return;
    this.#listens = true;
    this.#turn.control.onOrders(() => void this.#obey());
  }

  /** One at a time: what comes meanwhile is seen by the next look. A lost fence the turn finds by itself. */
  async #obey(): Promise<void> {
    if (this.#obeys) return;
    this.#obeys = true;
    await obeyOrders(this.#turn, this.#live).catch(() => {});
    this.#obeys = false;
  }

  /** Some in the background are not over, or nobody has read what came out. */
  async owes(): Promise<boolean> {
    await this.load();
    return this.#live.open(null).length > 0;
  }

  /**
   * The last word is said: waits for what runs in the background, without a step. True where its results must be read
   * before that word counts.
   */
  settle(): Promise<boolean> {
    return this.#settle(null, this.#turn);
  }

  /** Before a step of the turn's own agent: what came out meanwhile. Rejects where the turn is put aside. */
  hear(): Promise<void> {
    return this.#hear(null, this.#turn);
  }

  /** The turn is put aside: no task takes another step. Resolves when all rest. */
  async rest(parked: ParkedTurn): Promise<void> {
    this.#parked ??= parked;
    await this.#quiet();
  }

  /** It was not put aside after all. */
  goOn(): void {
    this.#parked = null;
  }

  /** The turn is over: so is every task, and what each wrote is kept. */
  async end(): Promise<void> {
    if (!this.#turn.run.delegated && !this.#turn.run.workflow && this.#live.count === 0) return;
    await this.load();
    this.#parked = null;
    await this.#endGiven(null);
    await this.#quiet();
    this.#turn.control.abandon.throwIfAborted();
  }

  /** What somebody gave ends with them, innermost first. */
  async #endGiven(parent: Live | null): Promise<void> {
    const open = this.#live.given(parent).filter(({ task }) => !isTaskOver(task.state.task.status));
    for (const { cancel } of open) cancel.abort(new Interrupted('stopped'));
    // One that nobody works on is begun once more, to come to its end.
    await Promise.allSettled(open.map(live => this.#start(live)));
  }

  /** A part of the turn's workflow, to its end: the same one for the same call. Rejects where the turn is put aside. */
  async carryOut(call: Call, wanted: Wanted): Promise<Result<{ record: TaskRecord }>> {
    await this.load();
    const given = await this.#inTurn.run('give', () => this.#give(null, call, wanted));
    if ('refused' in given) return failure('bad_request', given.refused.output);
    given.live.timeoutMs = wanted.timeoutMs;
    await this.#finish([given.live]);
    return { ok: true, record: given.live.task.state };
  }

  used(): ReturnType<LiveTasks['used']> {
    return this.#live.used();
  }

  async #delegate(parent: Live | null, call: Call, wanted: Wanted): Promise<CallResult> {
    // In the order in which they were asked for.
    const given = await this.#inTurn.run('give', () => this.#give(parent, call, wanted));
    if ('refused' in given) return given.refused;
    const { live } = given;
    const { state } = live.task;
    if (state.background) {
      void this.#start(live);
      const text = `Task ${state.task.id} runs in the background. Its result is told to you when it is there.`;
      return answered(`${state.agent.name} began`, text);
    }
    const startedMs = performance.now();
    await this.#finish([live]);
    return { ...resultOf([state]), durationMs: Math.round(performance.now() - startedMs) };
  }

  async #give(parent: Live | null, call: Call, wanted: Wanted) {
    const known = this.#live.get(taskIdOf(call));
    if (known) return { live: known };
    const outer = parent?.task.state ?? null;
    const made = await giveTask(this.#turn, outer, { call, wanted, count: this.#live.count });
    if (!('given' in made)) return made;
    const live = this.#live.add(made.given, parent);
    this.#listen();
    return { live };
  }

  #start(live: Live): Promise<void> {
    if (isTaskOver(live.task.state.task.status)) return Promise.resolve();
    live.running ??= this.#run(live).finally(() => {
      live.running = null;
    });
    // Whoever waits for it hears of its failure; the turn finds a lost fence by itself.
    live.running.catch(() => {});
    return live.running;
  }

  #run(live: Live): Promise<void> {
    const { task } = live;
    const { depth, run } = task.state;
    const slots = this.#slots.get(depth) ?? new Slots(this.#turn.deps.tasks.atOnce);
    this.#slots.set(depth, slots);
    return runTask({
      ...this.#turn,
      ...{ task, slots, tree: live.tree, siblings: this.#siblings, begins: () => timeOf(live) },
      endInner: () => this.#endGiven(live),
      interrupt: this.#interruptOf(live),
      tasks: this.port(task),
      delegates: this.delegates(depth),
      beforeStep: () => this.#hear(live, { writer: task, run }),
      settle: () => this.#settle(live, { writer: task, run }),
      park: parked => {
        this.#parked ??= parked;
      },
      used: () => this.#live.tally(),
      inTurn: work => this.#inTurn.run('merge', work),
    });
  }

  #interruptOf({ cancel, parent }: Live): AbortSignal {
    const outer = parent ? this.#interruptOf(parent) : this.#turn.control.interrupt;
    return AbortSignal.any([outer, cancel.signal]);
  }

  /** Until all of these are over. Rejects where the turn is put aside: all rest then. */
  async #finish(those: readonly Live[]): Promise<void> {
    const ended = await Promise.allSettled(those.map(live => this.#start(live)));
    const failed = ended.find(each => each.status === 'rejected');
    this.#turn.control.abandon.throwIfAborted();
    if (!failed) return;
    throw this.#parked ?? failed.reason;
  }

  async #quiet(): Promise<void> {
    for (let running = this.#live.running(); running.length > 0; running = this.#live.running())
      await Promise.allSettled(running);
  }

  async #hear(parent: Live | null, giver: Giver): Promise<void> {
    if (this.#parked) throw this.#parked;
    await this.#tell(parent, giver);
  }

  /** What came out in the background and nobody has read yet. */
  async #tell(parent: Live | null, { writer, run }: Giver): Promise<void> {
    const over = this.#live.open(parent).filter(({ task }) => isTaskOver(task.state.task.status));
    if (over.length === 0) return;
    const states = over.map(({ task }) => task.state);
    for (const state of states) state.told = true;
    await writer.advance(run, {
      messages: states.map(state => ({ role: 'user', content: `[Deckhand] ${resultText(state)}` })),
      ops: states.map((state): Op => ['HSET', part.tasks, state.task.id, JSON.stringify(state)]),
    });
  }

  async #settle(parent: Live | null, giver: Giver): Promise<boolean> {
    const open = this.#live.open(parent);
    if (open.length === 0) return false;
    await this.#finish(open);
    const goesOn = giver.run.ending?.outcome === 'done';
    if (goesOn) delete giver.run.ending;
    await this.#tell(parent, giver);
    return goesOn;
  }

  async #wait(parent: Live | null, ids: readonly string[] | undefined): Promise<CallResult> {
    const those = ids ? this.#live.given(parent, ids) : this.#live.open(parent);
    if (those.length === 0) return answered('No tasks', 'None of yours is open.');
    const startedMs = performance.now();
    await this.#finish(those);
    return { ...(await this.#read(those)), durationMs: Math.round(performance.now() - startedMs) };
  }

  async #cancel(live: Live | undefined, id: string): Promise<CallResult> {
    if (!live) return notYours(id);
    live.cancel.abort(new Interrupted('stopped'));
    await this.#finish([live]);
    return { ...(await this.#read([live])), ok: true };
  }

  /** Their results, which are told to nobody once more. */
  async #read(those: readonly Live[]): Promise<CallResult> {
    for (const { task } of those) {
      task.state.told = true;
      await task.note(task.state.run);
    }
    return resultOf(those.map(({ task }) => task.state));
  }

  async #message(
    live: Live | undefined,
    { call, taskId, text }: { call: Call; taskId: string; text: string },
  ): Promise<CallResult> {
    if (!live) return notYours(taskId);
    const { state } = live.task;
    const { callId } = call;
    if (isTaskOver(state.task.status)) return notRun('It is over', statusText(state));
    if (!state.heard.includes(callId) && !state.inbox.some(({ id }) => id === callId)) {
      state.inbox.push({ id: callId, text });
      await live.task.note(state.run);
    }
    return answered('Told', 'It reads that before its next step.');
  }
}

const notYours = (id: string) => notRun('No such task', `You gave no task ${id} in this turn.`);
