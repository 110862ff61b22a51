import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Envelope } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { type House, openHouse } from '../support/house.ts';

const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.dispose());

type Ran = { code: number | null; stdout: string; stderr: string };

/** The CLI as a shell would run it, on the server of this file. */
function deckhand(args: string[], onOutput?: (text: string, child: ChildProcess) => void): Promise<Ran> {
  const env = { ...process.env, NODE_OPTIONS: '', DECKHAND_DATA: house.server.dataDir };
  const child = spawn(process.execPath, [bin, ...args], { env, detached: true });
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    ran.stdout += data;
    onOutput?.(ran.stdout, child);
  });
  child.stderr.on('data', (data: Buffer) => {
    ran.stderr += data;
  });
  return new Promise(resolve => child.on('close', code => resolve({ ...ran, code })));
}

test('a prompt is followed to its end: words, commands, output, files, change; the exit code is 0', async () => {
  house.model.script('cli', [
    { say: 'Let me see.', calls: [bash('echo from-the-sandbox'), write('new.txt', 'new\n')] },
    done('All good.'),
  ]);
  const { code, stdout } = await deckhand(['Do it #cli', '--repo', 'sample']);
  expect(code).toBe(0);
  for (const part of [
    'Let me see.',
    'echo from-the-sandbox',
    'from-the-sandbox\n',
    'new.txt',
    'All good.',
    'Done',
  ])
    expect(stdout).toContain(part);
  const id = /deckhand\/(ses_\w+)-1/.exec(stdout)?.[1] ?? '';
  expect((await deckhand(['diff', id])).stdout).toContain('+new');
  expect((await deckhand(['sessions'])).stdout).toContain(id);
});

test('--json prints every event, one a line', async () => {
  house.model.script('json', [done('Said.')]);
  const { code, stdout } = await deckhand(['Talk #json', '--json']);
  const events = stdout
    .trim()
    .split('\n')
    .map(line => Envelope.parse(JSON.parse(line)));
  expect(code).toBe(0);
  expect(events.map(event => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)?.type).toBe('turn.finished');
});

test('Ctrl-C stops the turn, and the exit code says so', async () => {
  house.model.script('long', [{ calls: [bash('echo begun; sleep 1000.7')] }, done()]);
  let pressed = false;
  const { code, stdout } = await deckhand(['Run #long'], (text, child) => {
    if (pressed || !text.includes('begun\n') || !child.pid) return;
    pressed = true;
    // As a terminal does: to the whole group.
    process.kill(-child.pid, 'SIGINT');
  });
  expect(code).toBe(4);
  expect(stdout).toContain('Stopped');
});

test('what cannot be is one sentence and exit code 1', async () => {
  const unknown = await deckhand(['Do it', '--repo', 'nowhere']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toBe('There is no repository nowhere. Known: sample.\n');
  const away = await deckhand(['Do it', '--server', 'http://127.0.0.1:9', '--token', 'x']);
  expect(away.code).toBe(1);
  expect(away.stderr.trim().split('\n')).toHaveLength(1);
});
