import { parentPort } from 'node:worker_threads';
import { lintSource } from '@secretlint/core';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';

/** A thread of its own: what is looked through is hostile, and an expression that hangs on it must hang nobody. */
export type ScanRequest = { path: string; text: string };
export type Finding = { line: number; kind: string; value: string };
export type ScanAnswer = { ok: true; findings: Finding[] } | { ok: false };

/** A comment in the text itself must not switch the search off. */
const scanners = rules
  .filter(({ meta }) => meta.id !== '@secretlint/secretlint-rule-filter-comments')
  .map(rule => ({ id: rule.meta.id, rule }));

const kindOf = (ruleId: string) => ruleId.replace(/^@secretlint\/secretlint-rule-/, '').replaceAll('-', ' ');

async function scan({ path, text }: ScanRequest): Promise<Finding[]> {
  const { messages } = await lintSource({
    source: { filePath: `/${path}`, content: text, contentType: 'text' },
    options: { noPhysicFilePath: true, config: { rules: scanners } },
  });
  return messages.map(({ loc, range, ruleId }) => ({
    line: loc.start.line,
    kind: kindOf(ruleId),
    value: text.slice(range[0], range[1]),
  }));
}

parentPort?.on('message', async (request: ScanRequest) => {
  const answer: ScanAnswer = await scan(request).then(
    findings => ({ ok: true, findings }),
    () => ({ ok: false }),
  );
  parentPort?.postMessage(answer);
});
