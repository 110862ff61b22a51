import type { ModelMessage, ToolSet } from 'ai';
import { readable } from '../agent/context/readable.ts';
import { withPictures } from '../agent/pictures.ts';
import { promptsVersion } from '../agent/promptsVersion.ts';
import { toolsNamed } from '../agent/tools/catalog.ts';
import { type ReadAttachment, withAttachments } from '../agent/userMessage.ts';
import { type Context, readContextAt, readMessages } from '../sessions/run/context.ts';
import { readInstructions, type StepRecord } from '../sessions/run/stepRecords.ts';
import { readTaskContextAt } from '../sessions/run/taskRecords.ts';
import type { Store } from '../sessions/store/store.ts';

export type RebuildDeps = { store: Store; readAttachment: ReadAttachment; readArtifact: ReadAttachment };

/** What a step was asked, and what of it is not what it was; sentences. */
export type RebuiltStep = {
  instructions: string;
  messages: ModelMessage[];
  tools: ToolSet;
  cacheKey: string;
  differs: string[];
};

/**
 * What the model was asked in a step: from the instructions that the session kept, the context as it was read then, and
 * the tools as this server has them. `after`: so many messages of the same answer come behind it. Null where the
 * context of then is not kept.
 */
export async function rebuildStep(
  { store, ...deps }: RebuildDeps,
  sessionId: string,
  { step, after }: { step: StepRecord; after: number },
): Promise<RebuiltStep | null> {
  const [instructions, context] = await Promise.all([
    readInstructions(store, sessionId, step.instructions),
    contextOf(store, sessionId, step, after),
  ]);
  if (context === null) return null;
  const lost: string[] = [];
  const noting =
    (what: string, read: ReadAttachment): ReadAttachment =>
    async id => {
      const data = await read(id);
      if (data === null) lost.push(`The ${what} ${id} is no longer stored.`);
      return data;
    };
  const shown = await withPictures(
    await withAttachments(readable(context), noting('attachment', deps.readAttachment)),
    noting('artifact', deps.readArtifact),
  );
  const tools = toolsNamed(step.tools);
  const gone = step.tools.filter(name => !(name in tools));
  return {
    instructions: instructions ?? '',
    messages: [...shown, ...context.answered],
    tools,
    cacheKey: step.cacheKey,
    differs: [
      ...(instructions === null ? ['The instructions of this step are not kept.'] : []),
      ...(step.prompts === promptsVersion
        ? []
        : [
            `What is written for the model has changed since: version ${step.prompts} then, ${promptsVersion} now. The instructions are those of then, the tools those of now.`,
          ]),
      ...(gone.length > 0 ? [`Tools that are no more: ${gone.join(', ')}.`] : []),
      ...lost,
    ],
  };
}

/** What a step read, and `after` so many messages of its own answer; of a task from that task's own context. */
async function contextOf(
  store: Store,
  sessionId: string,
  { taskId, context }: StepRecord,
  after: number,
): Promise<(Pick<Context, 'version' | 'entries'> & { answered: ModelMessage[] }) | null> {
  if (taskId !== undefined) {
    const kept = await readTaskContextAt(store, sessionId, { taskId, read: context });
    return kept && { ...kept, answered: kept.after.slice(0, after) };
  }
  const { length } = context;
  const [kept, answered] = await Promise.all([
    readContextAt(store, sessionId, context),
    after === 0 ? [] : readMessages(store, sessionId, length, length + after),
  ]);
  return kept && { ...kept, answered: answered.map(text => JSON.parse(text) as ModelMessage) };
}
