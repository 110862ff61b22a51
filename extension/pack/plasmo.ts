import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Runs `plasmo build` in a process of its own; it writes `build/chrome-mv3-prod`. */
export function runPlasmo(home: string): Promise<void> {
  // Plasmo exports no file of its own but its types: its folder is found by that of the package.
  const plasmo = join(
    createRequire(import.meta.url).resolve('plasmo/package.json'),
    '..',
    'bin',
    'index.mjs',
  );
  const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [plasmo, 'build', '--no-source-maps'], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0 && !/\bERROR\b/.test(output)) resolve();
      else reject(new Error(`the extension could not be built:\n${output.trim()}`));
    });
  });
}
