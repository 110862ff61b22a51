import '../noEval.ts';
import { limits } from '@deckhand/shared';
import { Capture, type CloseLook, renderCapture, renderCloseLook } from '@deckhand/shared/capture';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** Beside the panel: the tokenizer's tables are large, and counting must not hold it up. */
export type Work = { capture: unknown } | { look: CloseLook };
type Asked = Work & { id: number; tokens: number };

/** What answers the agent has a size as well. */
const countShort = (text: string) =>
  text.length > limits.pageAnswerChars ? Number.POSITIVE_INFINITY : countTokens(text);

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  const { id, tokens } = data;
  const rendered =
    'look' in data
      ? renderCloseLook(data.look, { tokens, count: countShort })
      : renderCapture(Capture.parse(data.capture), { tokens, count: text => countTokens(text) });
  postMessage({ id, ...rendered });
});
