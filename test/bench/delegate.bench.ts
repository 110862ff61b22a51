import { loadavg } from 'node:os';
import { newRequestId } from '@deckhand/shared/client';
import { bash, done, type Step, write } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { delegate } from '../support/tasks.ts';
import { type Watch, watch } from '../support/watch.ts';
import { ms, p50p95, percentile, type Row } from './figures.ts';

const rounds = 25;
const writingRounds = 5;
const plainRounds = 25;
/** What an agent on a task is busy with: an answer of so many pieces, one every 100 ms. */
const answer: Step = { say: Array.from({ length: 40 }, (_, n) => [`word ${n} `, 100]).flat() };

const msOf = ({ at }: { at: string }) => Date.parse(at);

/** Prompt acknowledged -> model asked, of sessions that do nothing else. */
async function plain({ model, client, ask }: Stack, count: number): Promise<number[]> {
  const figures: number[] = [];
  const session = await ask('Go #plain');
  await session.finished();
  for (let n = 0; n < count; n++) {
    const asked = model.asked('plain', model.askings('plain').length + 1);
    await client.http['prompt.send']({
      ...{ sessionId: session.sessionId, requestId: newRequestId(), text: 'Again #plain' },
    });
    const acknowledgedMs = Date.now();
    figures.push((await asked).atMs - acknowledgedMs);
    await session.finished(n + 2);
  }
  session.leave();
  return figures;
}

/** The call that gives a task stands in the log -> the task's agent asks its model. */
async function given(stack: Stack): Promise<number[]> {
  const { model, ask } = stack;
  const figures: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const asked = model.asked('look', model.askings('look').length + 1);
    const session = await ask('Go #give');
    const called = await session.event('tool.started');
    figures.push((await asked).atMs - msOf(called));
    await session.finished();
    session.leave();
  }
  return figures.slice(5);
}

/** Of sessions with a sandbox: how long the first write takes of an agent with a work tree of its own, and of the turn's. */
async function writing({ ask }: Stack): Promise<{ task: number[]; turn: number[] }> {
  const figures = { task: [] as number[], turn: [] as number[] };
  const took = (session: Watch, inTask: boolean) => {
    const begun = session
      .all('tool.started')
      .find(({ data, taskId }) => data.tool === 'write' && Boolean(taskId) === inTask);
    const ended = session.all('tool.finished').find(({ data }) => data.callId === begun?.data.callId);
    return begun && ended ? msOf(ended) - msOf(begun) : Number.NaN;
  };
  for (let n = 0; n < writingRounds; n++) {
    const session = await ask('Go #both');
    await session.finished();
    figures.turn.push(took(session, false));
    figures.task.push(took(session, true));
    session.leave();
  }
  return figures;
}

/** So many sessions whose agents all give so many tasks, which all run until `work` is over. */
async function beside<T>(
  { ask, model, client }: Stack,
  { sessions, tasks }: { sessions: number; tasks: number },
  work: () => Promise<T>,
): Promise<T> {
  const before = model.askings('busy').length;
  const begun = await Promise.all(Array.from({ length: sessions }, () => ask(`Go #many${tasks}`)));
  await model.asked('busy', before + sessions * tasks);
  const result = await work();
  for (const { sessionId } of begun) await client.http['turn.stop']({ sessionId });
  for (const session of begun) {
    await watch(client, session.sessionId).finished();
    session.leave();
  }
  return result;
}

export async function run(): Promise<Row[]> {
  const noEngine = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const load = () => `load ${loadavg()[0]?.toFixed(1)}`;
  const stack = await openStack({ DECKHAND_TASKS_AT_ONCE: '20', DECKHAND_TURNS_AT_ONCE: '60', ...noEngine });
  const rows: Row[] = [];
  try {
    const { model } = stack;
    model.script('plain', () => ({ say: 'Yes.' }));
    model.script('give', ({ answers }) =>
      answers === 0 ? { calls: [delegate('explorer', 'Look #look')] } : done(),
    );
    model.script('look', () => done('Seen.'));
    const many = (count: number): Step => ({
      calls: Array.from({ length: count }, () => delegate('explorer', 'Work on #busy')),
    });
    for (const count of [5, 20])
      model.script(`many${count}`, ({ answers }) => (answers === 0 ? many(count) : done()));
    model.script('busy', () => answer);
    await plain(stack, 5);
    const alone = await plain(stack, plainRounds);
    const tasks = await given(stack);
    rows.push({
      what: `Task given -> its agent's model asked (${load()})`,
      ours: p50p95(tasks),
      bare: `plain prompt -> model asked ${p50p95(alone)}`,
      target: 'p50 25 ms',
      met: percentile(tasks, 0.5) <= 25,
    });
    for (const [sessions, count] of [
      [1, 20],
      [20, 5],
    ] as const) {
      const busy = await beside(stack, { sessions, tasks: count }, () => plain(stack, plainRounds));
      const ratio = percentile(busy, 0.95) / percentile(alone, 0.95);
      rows.push({
        what: `A plain prompt beside ${sessions * count} tasks over ${sessions} session(s) -> model asked (${load()})`,
        ours: p50p95(busy),
        bare: `alone ${p50p95(alone)}`,
        ratio,
        target: 'p95 2x',
        met: ratio <= 2,
      });
    }
  } finally {
    await stack.dispose();
  }
  const engine = await openStack();
  try {
    engine.model.script('both', ({ answers }) =>
      answers === 0
        ? { calls: [bash('true')] }
        : answers === 1
          ? { calls: [write('turn.txt', 'x\n')] }
          : answers === 2
            ? { calls: [delegate('builder', 'Write #writes')] }
            : done(),
    );
    engine.model.script('writes', ({ answers }) =>
      answers === 0 ? { calls: [write('task.txt', 'x\n')] } : done(),
    );
    const { task, turn } = await writing(engine);
    rows.push({
      what: `First write of an agent with a work tree of its own, the tree made in it (${load()})`,
      ours: `${p50p95(task)}, of that the tree ${ms(percentile(task, 0.5) - percentile(turn, 0.5))}`,
      bare: `write of the turn's own agent ${p50p95(turn)}`,
    });
  } finally {
    await engine.dispose();
  }
  return rows;
}
