import type { Attachment, CommentPlace, PromptMode, PromptWhen } from '@deckhand/shared';
import { bodyHash } from '../store/bodyHash.ts';
import { agentBeside } from './namedAgent.ts';

type Asked = {
  text: string;
  attachments: readonly Attachment[];
  model?: string | undefined;
  when?: PromptWhen | undefined;
  mode?: PromptMode | undefined;
  agent?: string | undefined;
  places?: readonly CommentPlace[] | undefined;
};

/** What makes a prompt another one under the same request id. */
export const requestHash = (asked: Asked): string =>
  bodyHash([
    asked.text,
    asked.attachments.map(file => file.attachmentId),
    ...(asked.model ? [asked.model] : []),
    ...(asked.when ? [{ when: asked.when }] : []),
    ...(asked.mode ? [{ mode: asked.mode }] : []),
    ...agentBeside(asked),
    ...(asked.places ? [{ places: asked.places }] : []),
  ]);
