import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const run = promisify(execFile);
const program = fileURLToPath(new URL('loop.fixture.ts', import.meta.url));
const servers = 8;
const rounds = 60;

test('servers that take loop devices at once each get one of their own for every disk', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-loops-'));
  try {
    const had = await Promise.all(
      Array.from({ length: servers }, () => run(process.execPath, [program, dir, String(rounds)])),
    );
    expect(had.map(({ stdout }) => stdout)).toEqual(Array(servers).fill(`${3 * rounds}\n`));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
