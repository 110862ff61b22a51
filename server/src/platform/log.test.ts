import { expect, test } from '@jest/globals';
import { createLogger } from './log.ts';

test('whatever others wrote, an entry is one line without a sign that a terminal obeys', () => {
  const lines: string[] = [];
  const log = createLogger('info', [], { write: line => void lines.push(line) });
  const forged = 'x\r\n{"level":60,"msg":"forged"}\u2028\u001b[2J\u009b2J\u007f\u0000';
  log.warn({ [forged]: forged, err: new Error(forged) }, forged);
  expect(lines).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  expect(lines[0]).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]|\n./);
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect([entry.msg, entry[forged]]).toEqual([forged, forged]);
});

test('known secrets and credential fields are replaced, wherever they stand', () => {
  const lines: string[] = [];
  const log = createLogger('info', ['sk-very-secret'], { write: line => void lines.push(line) });
  log.info(
    { headers: { authorization: 'Bearer x1' }, deep: { er: { token: 'x2' } } },
    'asked with sk-very-secret',
  );
  log.error({ err: new Error('refused sk-very-secret') }, 'failed');
  const text = lines.join('');
  expect(text).not.toMatch(/sk-very-secret|Bearer x1|x2/);
  expect(text).toContain('[secret]');
});
