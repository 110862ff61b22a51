import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const dataDir = mkdtempSync(join(tmpdir(), 'deckhand-redis-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test('a private Redis that was started and stopped leaves nothing that keeps its process', () => {
  const program = `
    const { ensureRedis } = await import(${JSON.stringify(new URL('./redis.ts', import.meta.url).href)});
    const redis = await ensureRedis({ url: undefined, dataDir: ${JSON.stringify(dataDir)}, say() {} });
    await redis.stop();
    console.log(process.getActiveResourcesInfo().filter(each => each === 'Timeout').length);
  `;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(said.trim()).toBe('0');
});
