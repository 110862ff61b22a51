#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './packages.mjs';

/** `npm start | test | check | …` on a machine with nothing prepared: packages first, then the pinned Node. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const commands = {
  start: ['server/src/main.ts'],
  test: ['server/launch/prepare.ts', 'test/run/test.ts'],
  check: ['test/run/check.ts'],
  quick: ['server/launch/prepare.ts', 'test/run/quick.ts'],
  unit: ['test/run/unit.ts'],
  engines: ['server/launch/prepare.ts', 'test/run/engines.ts'],
  attacks: ['server/launch/prepare.ts', 'test/run/attacks.ts'],
  faults: ['server/launch/prepare.ts', 'test/run/faults.ts'],
  managers: ['server/launch/prepare.ts', 'test/run/managers.ts'],
  build: ['server/launch/page.ts'],
  // Only what comes before all of these.
  packages: [],
  bench: ['server/launch/prepare.ts', 'test/run/bench.ts'],
  eval: ['server/launch/prepare.ts', 'test/run/eval.ts'],
  slackbot: ['slackbot/src/main.ts'],
  picture: ['server/launch/prepare.ts', 'test/run/pictures/main.ts'],
};

const say = text => process.stderr.write(`${text}\n`);
const [name, ...rest] = process.argv.slice(2);
const scripts = commands[name];
if (!scripts) {
  say(`Use: npm run ${Object.keys(commands).join(' | ')}`);
  process.exit(2);
}

let running;
// A terminal signals the child too, a process manager only us: the server takes two within a moment for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => running?.kill(signal));

function run(node, script, args) {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`;
  running = spawn(node, [join(root, script), ...args], {
    stdio: 'inherit',
    // Compiling what was compiled before takes half of the time to start.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compile'), ...process.env, PATH: path },
  });
  return new Promise(resolve => {
    running.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

try {
  const node = await ensurePackages(root, say);
  let code = 0;
  for (const script of scripts) {
    // Only the last of them takes what was said on the command line.
    code = await run(node, script, script === scripts.at(-1) ? rest : []);
    if (code !== 0) break;
  }
  process.exit(code);
} catch (error) {
  say(error.message);
  process.exit(1);
}
