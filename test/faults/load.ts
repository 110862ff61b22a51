import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { bash, done, type Step, write } from '../emulators/model/index.ts';
import { insist } from '../support/insist.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import type { Stack } from '../support/stack.ts';
import { type Watch, watch } from '../support/watch.ts';
import { whyUnseen } from './whyUnseen.ts';

/** Each call leaves a mark of its own: one that runs twice leaves two. */
const work = (name: string): Step[] => [
  { say: ['I ', 20, 'begin ', 20, 'here.'], calls: [bash(`echo ${name}-a >> marks; sleep 0.2; echo a`)] },
  { calls: [write(`${name}.txt`, name), bash(`echo ${name}-b >> marks; seq 1 50`)] },
  done(`Done ${name}.`),
];

export type Load = {
  /** Rejects once somebody waited in vain. */
  broken: Promise<never>;
  /** Ends the load, waits for what was asked, and checks every log. */
  end(): Promise<{ sessions: number; prompts: number; outcomes: Record<string, number>; unknown: number }>;
};

/** So many sessions that are always asked for something, by people who ask again until they are heard. */
export function startLoad(stack: Stack, { sessions, prompts }: { sessions: number; prompts: number }): Load {
  const over = new AbortController();
  const begun: Watch[] = [];
  let n = 0;
  const one = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const name = `w${n++}`;
      stack.model.script(name, work(name));
      const requestId = newRequestId();
      const created = await insist(() =>
        stack.client.http['session.create']({ requestId, repo: 'sample', prompt: `Work #${name}` }),
      );
      if (!created.ok) throw new Error('never');
      const session = watch(stack.client, created.session.id);
      begun.push(session);
      for (let turn = 2; turn <= prompts; turn++) {
        await idle(stack, session);
        const more = `${name}t${turn}`;
        stack.model.script(more, work(more));
        const next = { sessionId: session.sessionId, requestId: newRequestId(), text: `And #${more}` };
        await insist(() => stack.client.http['prompt.send'](next));
      }
      await idle(stack, session);
      // Sandboxes of sessions that are over would fill the machine.
      await insist(() => stack.client.http['session.archive']({ sessionId: session.sessionId }));
      // Hundreds that are followed over one connection are more than it may open again in a minute.
      session.leave();
      await sleep(100);
    }
  };
  const running = Promise.all(Array.from({ length: sessions }, one));
  const broken = new Promise<never>((_, reject) => running.catch(reject));
  broken.catch(() => {});
  return {
    broken,
    async end() {
      over.abort();
      await running;
      const outcomes: Record<string, number> = {};
      let [asked, unknown] = [0, 0];
      for (const session of begun) {
        checkLog(await readLog(stack.client, session.sessionId));
        asked += session.all('prompt.queued').length;
        for (const { data } of session.all('turn.finished'))
          outcomes[data.outcome] = (outcomes[data.outcome] ?? 0) + 1;
        unknown += session.all('tool.finished').filter(({ data }) => !data.ok).length;
      }
      return { sessions: begun.length, prompts: asked, outcomes, unknown };
    },
  };
}

const idle = (stack: Stack, session: Watch) =>
  session
    .until(
      ({ head, items }) =>
        head.turn === null && head.queue.length === 0 && items.some(({ kind }) => kind === 'turn.end'),
      'the end of all that was asked',
    )
    .catch(async error => {
      throw new Error(`${error.message}\n${await whyUnseen(stack, session)}`);
    });
