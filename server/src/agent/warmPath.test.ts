import { expect, test } from '@jest/globals';
import { openModel } from './models/models.ts';
import { defaultModelTimeouts } from './models/wire/liveness.ts';
import { closedDoor, warmPath } from './warmPath.ts';

test.each(['responses', 'chat'] as const)(
  'the way to the model is gone whole, and nothing leaves (%s)',
  async api => {
    const asked: unknown[] = [];
    const model = await openModel('m', {
      values: { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', DECKHAND_MODEL_API: api },
      timeouts: defaultModelTimeouts,
      fetch: (url, init) => {
        asked.push(JSON.parse(String(init?.body)));
        return closedDoor(url, init);
      },
    });
    await warmPath(model);
    expect(asked).toHaveLength(1);
    expect((asked[0] as { tools: unknown[] }).tools.length).toBeGreaterThan(10);
  },
);
