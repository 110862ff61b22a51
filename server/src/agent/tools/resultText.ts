import type { CallResult } from './tool.ts';

/**
 * What the model reads of a call: always in plain words how it ended. As text also where it failed: the SDK would
 * wrap an error into JSON, in which output of several lines is hard to read.
 */
export function resultText({ ok, summary, output, ended }: CallResult): string {
  if (ended) return `${output === '' || output.endsWith('\n') ? output : `${output}\n`}[${summary}]`;
  if (ok) return output === '' ? summary : output;
  return `[${output === summary ? 'failed' : summary}]\n${output}`;
}
