import { createRedactor } from '../page/redact/redactor.ts';

/** Beside the panel: the lists of what keys look like are large, and errors are rare. */
addEventListener('message', ({ data }: MessageEvent<readonly string[]>) => {
  const redactor = createRedactor();
  postMessage(data.map(text => redactor.text(text)));
});
