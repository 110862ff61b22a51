#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './packages.mjs';

/** `npm start | test | check | bench` on a machine with nothing prepared: packages first, then the pinned Node. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const commands = {
  start: ['server/src/main.ts'],
  test: ['test/run/test.ts'],
  check: ['test/run/check.ts'],
  bench: ['test/run/bench.ts'],
};

const say = text => process.stderr.write(`${text}\n`);
const [name, ...rest] = process.argv.slice(2);
const script = commands[name];
if (!script) {
  say(`Use: npm run ${Object.keys(commands).join(' | ')}`);
  process.exit(2);
}
try {
  const node = await ensurePackages(root, say);
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  const child = spawn(node, [...script.map(file => join(root, file)), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // The terminal signals the child by itself; what is sent to us alone is passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
} catch (error) {
  say(error.message);
  process.exit(1);
}
