import { failure, type Replayed, type Result, type StepInfo } from '@deckhand/shared';
import { type AskInput, askModel, digestOf } from '../agent/ask.ts';
import type { AgentModel } from '../agent/model.ts';
import { ModelFailure } from '../agent/modelError.ts';
import { type Models, namedModel } from '../agent/models/models.ts';
import { unsentRequest } from '../agent/unsentRequest.ts';
import { timeLimit } from '../platform/timeLimit.ts';
import { readStep, readSteps, type StepRecord } from '../sessions/run/stepRecords.ts';
import { type RebuildDeps, rebuildStep } from '../turns/rebuildStep.ts';
import type { Handlers } from './handlers.ts';
import { chosenModel } from './modelChoice.ts';
import type { Visible } from './visible.ts';

export type StepCommandDeps = RebuildDeps & { visible: Visible; models: Models; clock: () => number };

/** A model that takes longer is not waited for. */
const patienceMs = 9 * 60_000;

/** Answers of the model, one by one, and their requests again. */
export function stepCommands(deps: StepCommandDeps): Pick<Handlers, 'step.list' | 'step.replay'> {
  const { store, visible, models } = deps;
  return {
    async 'step.list'(who, { sessionId }) {
      const seen = await visible.session(who, sessionId);
      if (!seen.ok) return seen;
      const steps = await readSteps(store, sessionId);
      return { ok: true, steps: steps.map((step, i) => infoOf(step, i + 1)) };
    },

    async 'step.replay'(who, { sessionId, step: n, request: nth, model: wanted }) {
      const seen = await visible.session(who, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const chosen = chosenModel(models, wanted);
      if (!chosen.ok) return chosen;
      const step = await readStep(store, sessionId, n);
      if (!step) return failure('not_found', `This session has no step ${n}.`);
      const own = namedModel(models, step.model);
      if (!own)
        return failure('bad_request', `This server has no model ${step.model} any more, which was asked.`);
      const then = step.requests[nth - 1];
      if (!then && nth > 1) return failure('not_found', `Step ${n} has no request ${nth}.`);
      const rebuilt = await rebuildStep(deps, sessionId, { step, after: then?.after ?? 0 });
      if (!rebuilt) return failure('not_found', 'The context that this step read is not kept.');
      const { differs, ...input } = rebuilt;
      const { temperature } = step;
      const request = await unsentRequest({ ...own, temperature }, input);
      if (!request) return failure('bad_request', `${step.model} is no server: no request leaves for it.`);
      const made = { ...request, ...digestOf(request.body) };
      const exact = made.sha256 === then?.sha256;
      const replayed: Replayed = {
        step: infoOf(step, n),
        request: made,
        exact,
        differs: exact ? [] : whyNot(differs, then),
      };
      if (chosen.model === undefined) return { ok: true, ...replayed };
      const other = namedModel(models, chosen.model) ?? own;
      const answered = await answerOf({ ...other, temperature }, input, deps.clock);
      return answered.ok ? { ok: true, ...replayed, answer: answered.answer } : answered;
    },
  };
}

/** Nothing is claimed that is not known. */
function whyNot(known: readonly string[], then: StepRecord['requests'][number] | undefined): string[] {
  if (!then) return ['What left then was not noted, so that nothing can be compared.', ...known];
  if (known.length > 0) return [...known];
  return [
    'All that the request is made of is as it was; how this server puts it together, or how its model is configured, must have changed since.',
  ];
}

async function answerOf(
  model: AgentModel,
  input: Omit<AskInput, 'signal'>,
  clock: () => number,
): Promise<Result<{ answer: NonNullable<Replayed['answer']> }>> {
  const beganAtMs = clock();
  let reasoning = '';
  const listener = {
    onText: () => {},
    onFirst: () => {},
    onReasoning: (piece: string) => {
      reasoning += piece;
    },
  };
  try {
    using limit = timeLimit(patienceMs);
    const { signal } = limit;
    const { text, calls, usage, end } = await askModel(model, { ...input, signal }, listener);
    const asked = calls.map(({ tool, input, invalid }) => ({
      ...{ tool, input },
      ...(invalid === undefined ? {} : { invalid }),
    }));
    const durationMs = clock() - beganAtMs;
    const thought = reasoning === '' ? {} : { reasoning };
    return {
      ok: true,
      answer: { model: model.name, text, calls: asked, end, usage, durationMs, ...thought },
    };
  } catch (error) {
    if (error instanceof ModelFailure) return failure(error.code, error.message);
    if ((error as Error).name === 'TimeoutError')
      return failure('model_unavailable', `${model.name} did not answer in time.`);
    throw error;
  }
}

function infoOf(step: StepRecord, n: number): StepInfo {
  const { turnId, atMs, model, prompts, agent, taskId, usage, context, requests } = step;
  return {
    ...{ n, turnId, model, prompts, usage },
    ...(agent ? { agent } : {}),
    ...(taskId ? { taskId } : {}),
    at: new Date(atMs).toISOString(),
    context: { messages: context.length, version: context.version },
    requests: requests.map(({ bytes, sha256 }) => ({ bytes, sha256 })),
  };
}
