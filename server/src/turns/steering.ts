import type { UserModelMessage } from 'ai';
import { asSteering } from '../agent/context/metadata.ts';
import { type ReadAttachment, userMessage } from '../agent/userMessage.ts';
import { promptsFor, type StoredPrompt } from '../sessions/queue/inbox.ts';
import type { SentPick } from '../sessions/run/taking.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { sentPicks } from './pagePort.ts';

/** What the model reads of prompts. */
export async function readPrompts(
  prompts: readonly StoredPrompt[],
  read: ReadAttachment,
): Promise<{ messages: UserModelMessage[]; picks: SentPick[] }> {
  const [messages, picks] = await Promise.all([
    Promise.all(prompts.map(prompt => userMessage(prompt, read))),
    sentPicks(prompts, read),
  ]);
  return { messages, picks };
}

/**
 * Takes prompts that were sent to the running turn out of the queue into what its model reads. Until then they stand at
 * the queue's front: whatever ends the turn before leaves them there, and they run next. Answers what was said.
 */
export async function hearPrompts(
  { store, readAttachment }: { store: Store; readAttachment: ReadAttachment },
  writer: TurnWriter,
  run: Run,
): Promise<string[]> {
  const heard: string[] = [];
  for (;;) {
    const prompts = await promptsFor(store, writer.sessionId, run);
    if (prompts.length === 0) return heard;
    const { messages, picks } = await readPrompts(prompts, readAttachment);
    if (await writer.steer(prompts, run, { messages: messages.map(asSteering), picks }))
      heard.push(...prompts.map(({ author, text }) => `${author.name}: ${text}`));
  }
}
