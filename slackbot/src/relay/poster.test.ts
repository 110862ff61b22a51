import { RelayState } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import type { Slack } from '../slack/slack.ts';
import type { Hold } from './hold.ts';
import { Poster, SlackAway } from './poster.ts';

/** A thread in Slack that takes messages; `silent` while its answers are lost, `away` while it takes none. */
function openThread() {
  const messages: object[] = [];
  const condition = { silent: false, away: false };
  const answered = <T extends object>(answer: T) =>
    condition.silent || condition.away ? { ok: false, error: 'unreachable' } : { ok: true, ...answer };
  const slack = {
    pace: { take: () => true, waitMs: () => 0 },
    async once(_: string, args: object) {
      if (!condition.away) messages.push({ ...args, ts: `1.${messages.length + 1}` });
      return answered({ ts: `1.${messages.length}` });
    },
    call: async () => answered({ messages }),
  } as unknown as Slack;
  let state = RelayState.parse({});
  const hold = {
    thread: { provider: 'slack', id: 'T1/C1/1.0' },
    get state() {
      return state;
    },
    async note(change: Partial<RelayState>) {
      state = { ...state, ...change };
    },
    async sure() {},
  } as unknown as Hold;
  return { messages, condition, poster: () => new Poster(slack, hold, { patienceMs: 20 }), hold };
}

const message = { text: 'Done', blocks: [] };

test('a message that Slack took without ever saying so is found when Slack is back, not posted twice', async () => {
  const { messages, condition, poster, hold } = openThread();
  condition.silent = true;
  await expect(poster().post('end:1', message)).rejects.toThrow(SlackAway);
  const taken = messages.length;
  expect(hold.state.posting).toBe('end:1');
  // Whoever takes the thread next does not see yet whether it is there.
  await expect(poster().post('end:1', message)).rejects.toThrow(SlackAway);
  condition.silent = false;
  expect(await poster().post('end:1', message)).toEqual({ ok: true, ts: '1.1' });
  expect(messages).toHaveLength(taken);
  expect(hold.state.posting).toBeNull();
});

test('a message that Slack never took in its long absence is posted afterwards', async () => {
  const { messages, condition, poster } = openThread();
  condition.away = true;
  await expect(poster().post('end:1', message)).rejects.toThrow(SlackAway);
  expect(messages).toEqual([]);
  condition.away = false;
  expect(await poster().post('end:1', message)).toEqual({ ok: true, ts: '1.1' });
  expect(messages).toHaveLength(1);
});
