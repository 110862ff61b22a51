import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run check`: types, format and lint, and the architecture test. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

const steps: [string, string[]][] = [
  [bin('tsc'), ['--noEmit']],
  [bin('biome'), ['check', '.']],
  [
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--config',
      join(root, 'test/jest.config.mjs'),
      'test/architecture',
    ],
  ],
];

for (const [command, args] of steps) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) process.exit(done.status ?? 1);
}
