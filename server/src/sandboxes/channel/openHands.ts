import type { Method, Params, Value } from '@deckhand/sandbox/protocol';
import { failure, type Result } from '@deckhand/shared';
import type { SandboxDriver } from '../driver.ts';
import type { Hands, HandsErrorCode } from '../hands.ts';
import { callOnce } from './call.ts';
import { failureOf } from './failure.ts';
import { getOnce } from './get.ts';
import { type KeeperOptions, type LinkKeeper, linkKeeper } from './keeper.ts';
import { passOnce } from './pass.ts';
import { feed, runOnce } from './run.ts';

export type OpenHandsOptions = {
  driver: Pick<SandboxDriver, 'connect' | 'inspect'>;
  sandboxId: string;
  sessionId?: string;
  /** Of the session's lease; 0 for a sandbox that no session owns yet. */
  fence: number;
  /** Only for ports, beside whoever owns the sandbox. */
  visitor?: true;
  patienceMs?: { runtime: number; engine: number };
  deadlines?: KeeperOptions['deadlines'];
  silence?: KeeperOptions['silence'];
};

const defaultPatienceMs = { runtime: 30_000, engine: 30_000 };

/** Connects to a sandbox's runtime; resolves when it has greeted us, or says why it never will. */
export async function openHands(
  options: OpenHandsOptions,
): Promise<Result<{ hands: Hands }, HandsErrorCode>> {
  const { driver, sandboxId, sessionId, fence, visitor, patienceMs = defaultPatienceMs } = options;
  const { deadlines, silence } = options;
  const owner = { sandboxId, fence, ...(sessionId ? { sessionId } : {}), ...(visitor ? { visitor } : {}) };
  const keeper = linkKeeper({ driver, owner, patienceMs, deadlines, silence });
  const link = await keeper.ready();
  if ('code' in link) return link;
  return { ok: true, hands: handsOver(keeper, sandboxId) };
}

function handsOver(keeper: LinkKeeper, sandboxId: string): Hands {
  const ask = async <M extends Method>(
    method: M,
    params: Params<M>,
  ): Promise<Result<{ value: Value<M> }, HandsErrorCode>> => {
    const link = await keeper.ready();
    if ('code' in link) return link;
    const answer = await link.request(method, params).answer;
    return answer.ok ? answer : failureOf(answer);
  };
  const plain = async <M extends Method>(
    method: M,
    params: Params<M>,
  ): Promise<Result<Value<M>, HandsErrorCode>> => {
    const answer = await ask(method, params);
    return answer.ok ? { ok: true, ...answer.value } : answer;
  };

  return {
    sandboxId,
    call: (request, callOptions = {}) => callOnce(keeper, request, callOptions),
    output: async (callId, offset, limit) => {
      const answer = await ask('output', { callId, offset, limit });
      if (!answer.ok) return answer;
      return { ok: true, ...answer.value, data: Buffer.from(answer.value.data, 'base64') };
    },
    cancel: callId => plain('cancel', { callId }),
    run: (argv, runOptions = {}) => runOnce(keeper, argv, runOptions),
    put: async (path, content, mode) => {
      const link = await keeper.ready();
      if ('code' in link) return link;
      const request = link.request('put', { path, ...(mode === undefined ? {} : { mode }) });
      const problem = await feed(request, content);
      if (problem) return failure('internal', problem.message);
      const answer = await request.answer;
      return answer.ok ? { ok: true, ...answer.value } : failureOf(answer);
    },
    get: source => getOnce(keeper, source),
    tcp: port => passOnce(keeper, 'tcp', { port }),
    pty: size => passOnce(keeper, 'pty', size),
    processes: () => plain('processes', {}),
    killAll: () => plain('killAll', {}),
    ping: async () => {
      const startedMs = performance.now();
      const answer = await ask('ping', {});
      return answer.ok ? { ok: true, roundTripMs: performance.now() - startedMs } : answer;
    },
    stat: () => plain('stat', {}),
    claim: async owner => {
      const link = await keeper.claim(owner);
      return 'code' in link ? link : { ok: true };
    },
    close: keeper.close,
    onLost: keeper.onLost,
  };
}
