import '../noEval.ts';
import { Capture, renderCapture } from '@deckhand/shared/capture';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** Beside the panel: the tokenizer's tables are large, and counting must not hold it up. */
type Work = { id: number; capture: unknown; tokens: number };

addEventListener('message', ({ data }: MessageEvent<Work>) => {
  const capture = Capture.parse(data.capture);
  const rendered = renderCapture(capture, { tokens: data.tokens, count: text => countTokens(text) });
  postMessage({ id: data.id, ...rendered });
});
