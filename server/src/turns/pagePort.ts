import { idOf, pageGone } from '@deckhand/shared';
import { captureMediaType } from '@deckhand/shared/capture';
import { type CallResult, notRun, type ToolPorts } from '../agent/tools/tool.ts';
import type { ReadAttachment } from '../agent/userMessage.ts';
import type { AskPage } from '../sessions/pageAsks.ts';
import type { StoredPrompt } from '../sessions/queue/inbox.ts';
import type { SentPick } from '../sessions/run/taking.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { TurnControl } from './turnControl.ts';

export type PagePortDeps = { writer: TurnWriter; control: TurnControl; askPage: AskPage };

/**
 * Asks the page on which a person picked something for more of it: theirs, and no other's. Asked again after a crash it
 * reads once more what stands there.
 */
export function pagePort({ writer, control, askPage }: PagePortDeps): ToolPorts['page'] {
  const { sessionId } = writer;
  return {
    async expand(call, { pickId, node }) {
      const userId = (await writer.picks())[pickId];
      if (userId === undefined) return notRun(`No part of a page was sent as ${pickId} in this session.`);
      const startedMs = Date.now();
      const took = (result: CallResult): CallResult => ({ ...result, durationMs: Date.now() - startedMs });
      try {
        const asked = { sessionId, callId: call.callId, pickId, node, userId };
        const answer = await askPage(asked, AbortSignal.any([control.interrupt, control.abandon]));
        if (!answer?.ok) return took(notRun(answer?.message ?? pageGone));
        const { text } = answer;
        const summary = `${text.split('\n').length} lines of the page`;
        return took({ ok: true, summary, output: text, truncated: false, durationMs: 0 });
      } catch (error) {
        if (control.abandon.aborted || !control.interrupt.aborted) throw error;
        return took(notRun('Stopped before the page answered'));
      }
    },
  };
}

/** The picks that come with these prompts. One whose own line was struck out is not asked for more. */
export async function sentPicks(prompts: readonly StoredPrompt[], read: ReadAttachment): Promise<SentPick[]> {
  const found = prompts.flatMap(({ author, attachments }) =>
    attachments
      .filter(({ mediaType }) => mediaType === captureMediaType)
      .map(async ({ attachmentId }) => {
        const text = (await read(attachmentId))?.toString('utf8') ?? '';
        const pickId = idOf('pick').safeParse(/^pick: (.*)$/m.exec(text)?.[1]).data;
        return pickId === undefined ? [] : [{ pickId, userId: author.userId }];
      }),
  );
  return (await Promise.all(found)).flat();
}
