import type { ModelMessage, ToolResultPart, UserModelMessage } from 'ai';
import { z } from 'zod';

/** Under this name parts of the context carry what is ours alone: it never leaves for a model. */
const ours = 'deckhand';

/** What a result in the context is of: enough to read it again after it was shrunk. */
const ResultNote = z.object({
  callId: z.string(),
  summary: z.string(),
  ok: z.boolean(),
});
export type ResultNote = z.infer<typeof ResultNote>;

export const withNote = (part: ToolResultPart, note: ResultNote): ToolResultPart => ({
  ...part,
  providerOptions: { ...part.providerOptions, [ours]: note },
});

export function noteOf(part: ToolResultPart): ResultNote | null {
  return ResultNote.safeParse(part.providerOptions?.[ours]).data ?? null;
}

/** A prompt that was put into a turn which ran already. */
export const asSteering = (message: UserModelMessage): UserModelMessage => ({
  ...message,
  providerOptions: { ...message.providerOptions, [ours]: { steers: true } },
});

export const isSteering = ({ providerOptions }: ModelMessage): boolean =>
  providerOptions?.[ours]?.steers === true;

/** The message as a model may have it. */
export function withoutMetadata(message: ModelMessage): ModelMessage {
  if (message.role === 'user') return withoutOurs(message);
  if (message.role !== 'tool') return message;
  const content = message.content.map(part => (part.type === 'tool-result' ? withoutOurs(part) : part));
  return { ...message, content };
}

function withoutOurs<T extends Pick<ModelMessage, 'providerOptions'>>(holder: T): T {
  if (!holder.providerOptions?.[ours]) return holder;
  const { providerOptions, ...rest } = holder;
  const { [ours]: _, ...others } = providerOptions;
  return (Object.keys(others).length > 0 ? { ...rest, providerOptions: others } : rest) as T;
}
