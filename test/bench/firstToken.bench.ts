import { openHouse } from '../support/house.ts';
import { p50p95, percentile, type Row } from './figures.ts';

const rounds = 40;

/** Prompt acknowledged -> the model's request arrives; beside it a bare POST to the same model server. */
export async function run(): Promise<Row[]> {
  const house = await openHouse();
  try {
    house.model.script('first', () => ({ say: 'Yes.' }));
    const fresh: number[] = [];
    const followUp: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const asked = house.model.asked('first', house.model.askings('first').length + 1);
      const session = await house.ask('Go #first');
      const acknowledgedMs = Date.now();
      fresh.push((await asked).atMs - acknowledgedMs);
      await session.finished();
      const again = house.model.asked('first', house.model.askings('first').length + 1);
      await house.send(session.sessionId, 'Again #first');
      const secondMs = Date.now();
      followUp.push((await again).atMs - secondMs);
      await session.finished(2);
      session.leave();
      const sentMs = Date.now();
      const next = house.model.asked('first', house.model.askings('first').length + 1);
      void fetch(`${house.model.url}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model: 'x', stream: true, messages: [{ role: 'user', content: '#first' }] }),
      }).then(response => response.text());
      bare.push((await next).atMs - sentMs);
    }
    const target = 'p50 15 ms, p95 40 ms';
    const row = (what: string, figures: number[]): Row => ({
      what,
      ours: p50p95(figures),
      bare: `bare POST ${p50p95(bare)}`,
      target,
      met: percentile(figures, 0.5) <= 15 && percentile(figures, 0.95) <= 40,
    });
    return [
      row('Prompt acknowledged -> model asked, new session (its sandbox is made meanwhile)', fresh),
      row('Prompt acknowledged -> model asked, follow-up', followUp),
    ];
  } finally {
    await house.dispose();
  }
}
