import { expect, test } from '@jest/globals';
import { createLogger } from './log.ts';

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
