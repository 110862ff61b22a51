import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

/** What a command of the agent's can do from inside, against one server that all of it must leave as it was. */
let stack: Stack;
let witness: { sessionId: string; diff: unknown };
const written = join(tmpdir(), `deckhand-attack-${process.pid}`);

const diffOf = (sessionId: string) => stack.client.http['session.diff']({ sessionId });

beforeAll(async () => {
  stack = await openStack();
  stack.model.script('witness', [{ calls: [write('witness.txt', 'mine\n')] }, done()]);
  const session = await stack.ask('Write #witness');
  await session.finished();
  witness = { sessionId: session.sessionId, diff: await diffOf(session.sessionId) };
});
afterAll(() => stack.dispose());
afterEach(async () => {
  expect(existsSync(written)).toBe(false);
  expect(await diffOf(witness.sessionId)).toEqual(witness.diff);
});

const plant = (name: string, body: string) =>
  `mkdir -p ~/.local/bin && printf '%s\\n' '#!/bin/bash' ${body
    .split('\n')
    .map(line => `'${line}'`)
    .join(' ')} > ~/.local/bin/${name} && chmod +x ~/.local/bin/${name}`;

test('programs in the home answer nothing in the place of ours', async () => {
  const evil = `echo "$(/usr/bin/git -C /work/repo rev-parse HEAD)^! --output=${written}"\nexit 0`;
  const names = ['sh', 'git', 'bash', 'ln', 'cp', 'env', 'tar', 'rg'];
  stack.model.script('home', [
    { calls: [bash(names.map(name => plant(name, evil)).join(' && '))] },
    { calls: [write('honest.txt', 'still here\n')] },
    done(),
  ]);
  const session = await stack.ask('Plant #home');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(await diffOf(session.sessionId)).toMatchObject({
    ok: true,
    diff: expect.stringContaining('+still here'),
  });
});

test('hooks, filters and monitors of the repository’s configuration are not run for us', async () => {
  const mark = '/work/was-run';
  const script = [
    `printf '#!/bin/sh\\necho run >> ${mark}\\ncat\\n' > /work/evil && chmod +x /work/evil`,
    'cd /work/repo && cp /work/evil .git/hooks/pre-commit && cp /work/evil .git/hooks/reference-transaction',
    'printf "*.txt filter=f\\n" > .gitattributes',
    'git config filter.f.clean /work/evil && git config filter.f.required true',
    'git config core.fsmonitor /work/evil && git config core.worktree /tmp && git config diff.external /work/evil',
    `rm -f ${mark}`,
  ].join(' && ');
  stack.model.script('config', [
    { calls: [bash(script)] },
    { calls: [write('filtered.txt', 'as it is\n')] },
    done(),
  ]);
  stack.model.script('look', [{ calls: [bash(`cat ${mark} 2>/dev/null; echo looked`)] }, done()]);
  const session = await stack.ask('Configure #config');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(await diffOf(session.sessionId)).toMatchObject({ diff: expect.stringContaining('+as it is') });
  await stack.send(session.sessionId, 'Look #look');
  await session.finished(2);
  expect(session.all('tool.finished').at(-1)?.data.output).toBe('looked\n');
});

test('a false runtime that breaks the protocol costs its session the sandbox, and the server nothing', async () => {
  const hands = `
const net = require("node:net"), fs = require("node:fs");
const frame = v => { const b = Buffer.from(JSON.stringify(v)); const h = Buffer.alloc(4); h.writeUInt32BE(b.length); return Buffer.concat([h, b]); };
fs.rmSync("/run/deckhand/hands.sock", { force: true });
net.createServer(s => {
  s.on("error", () => {});
  s.write(frame({ t: "ready" }));
  s.on("data", () => {
    s.write(frame({ t: "welcome", protocol: 1, bootId: fs.readFileSync("/run/deckhand/boot", "utf8").trim() }));
    for (let id = 1; id < 4; id++) s.write(frame({ t: "done", id, value: "pong" }));
  });
}).listen("/run/deckhand/hands.sock");
for (const pid of fs.readdirSync("/proc").filter(n => /^[0-9]+$/.test(n)))
  try { if (fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").includes("hands.mjs")) process.kill(+pid, "SIGSTOP"), process.kill(+pid, "SIGKILL"); } catch {}
setInterval(() => {
  for (const pid of fs.readdirSync("/proc").filter(n => /^[0-9]+$/.test(n)))
    try { if (fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").includes("hands.mjs")) process.kill(+pid, "SIGSTOP"); } catch {}
}, 5);
`;
  stack.model.script('false', [
    { calls: [write('false.cjs', hands)] },
    { calls: [bash('setsid -f node false.cjs > /dev/null 2>&1 < /dev/null; sleep 60')] },
    { calls: [bash('echo again')] },
    done(),
  ]);
  const session = await stack.ask('Pretend #false');
  // It is given up with a sentence, and another takes its place.
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('sandbox.state').map(event => event.data.state)).toContain('lost');
  const [, pretended, again] = session.all('tool.finished');
  expect(pretended?.data).toMatchObject({ ok: false, output: expect.stringContaining('broke the protocol') });
  expect(again?.data).toMatchObject({ ok: true, output: 'again\n' });
  expect(await stack.client.http.me({})).toMatchObject({ ok: true });
  // Others go on.
  stack.model.script('others', [{ calls: [write('others.txt', 'x\n')] }, done()]);
  const other = await stack.ask('Go on #others');
  expect((await other.finished()).data.outcome).toBe('done');
});
