import { built, imageOf, pooled } from '../support/estate.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { p50p95, percentile, type Row } from './figures.ts';

const rounds = 40;
/** Each waits until the pool is full again. */
const pooledRounds = 15;
const restarts = 5;

type Figures = { fresh: number[]; followUp: number[]; bare: number[] };

async function round({ model, ask, send }: Stack, { fresh, followUp, bare }: Figures): Promise<void> {
  const next = () => model.asked('first', model.askings('first').length + 1);
  const asked = next();
  const session = await ask('Go #first');
  const acknowledgedMs = Date.now();
  fresh.push((await asked).atMs - acknowledgedMs);
  await session.finished();
  const again = next();
  await send(session.sessionId, 'Again #first');
  const secondMs = Date.now();
  followUp.push((await again).atMs - secondMs);
  await session.finished(2);
  session.leave();
  const sentMs = Date.now();
  const posted = next();
  void fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'x', stream: true, messages: [{ role: 'user', content: '#first' }] }),
  }).then(response => response.text());
  bare.push((await posted).atMs - sentMs);
}

/** The first prompt after each start, whose way nothing has been before. */
async function firstAfterStarts(stack: Stack): Promise<number[]> {
  const first: number[] = [];
  for (let n = 0; n < restarts; n++) {
    await stack.server.stop();
    await stack.server.restart();
    const asked = stack.model.asked('first', stack.model.askings('first').length + 1);
    const session = await stack.ask('Go #first');
    const acknowledgedMs = Date.now();
    first.push((await asked).atMs - acknowledgedMs);
    await session.finished();
    session.leave();
  }
  return first;
}

/** Prompt acknowledged -> the model's request arrives; beside it a bare POST to the same model server. */
export async function run(): Promise<Row[]> {
  const stack = await openStack();
  try {
    stack.model.script('first', () => ({ say: 'Yes.' }));
    const figures: Figures = { fresh: [], followUp: [], bare: [] };
    for (let n = 0; n < rounds; n++) await round(stack, figures);
    const afterStart = await firstAfterStarts(stack);
    const ratio = percentile(afterStart, 0.5) / percentile(figures.fresh, 0.5);
    await stack.client.http['repo.refresh']({ repo: 'sample' });
    await imageOf(stack.client, 'sample', built);
    await stack.server.stop();
    await stack.server.restart({ DECKHAND_POOL_MIN: '1', DECKHAND_POOL_MAX: '1' });
    const withPool: Figures = { fresh: [], followUp: [], bare: figures.bare };
    for (let n = 0; n < pooledRounds; n++) {
      await imageOf(stack.client, 'sample', pooled);
      await round(stack, withPool);
    }
    const row = (what: string, values: number[]): Row => ({
      what,
      ours: p50p95(values),
      bare: `bare POST ${p50p95(figures.bare)}`,
      target: 'p50 15 ms, p95 40 ms',
      met: percentile(values, 0.5) <= 15 && percentile(values, 0.95) <= 40,
    });
    return [
      row('Prompt acknowledged -> model asked, new session (its sandbox is made meanwhile)', figures.fresh),
      row('The same, its sandbox from the pool (which makes another meanwhile)', withPool.fresh),
      row('Prompt acknowledged -> model asked, follow-up', figures.followUp),
      {
        what: 'Prompt acknowledged -> model asked, the first one after a start',
        ours: p50p95(afterStart),
        bare: `new session later on ${p50p95(figures.fresh)}`,
        ratio,
        target: '2x of a later one',
        met: ratio <= 2,
      },
    ];
  } finally {
    await stack.dispose();
  }
}
