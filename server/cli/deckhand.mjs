#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from '../launch/packages.mjs';

/** `npx deckhand`: the CLI on the pinned Node, whatever Node the shell has. */
const here = dirname(fileURLToPath(import.meta.url));
const node = await ensurePackages(join(here, '..', '..'), text => process.stderr.write(`${text}\n`));
const child = spawn(node, [join(here, 'main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal signals the CLI by itself, and the CLI decides what that means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', code => process.exit(code ?? 1));
