import { expect, test } from '@jest/globals';
import type { Call, CallResult } from '../agent/tools/tool.ts';
import { type Check, checkOf } from '../sandboxes/environments/checks.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { EditChecks } from './checks.ts';

const edited: CallResult = { ok: true, summary: 'edited', output: 'edited', truncated: false, durationMs: 1 };
let calls = 0;
const edit = (path: string): Call => ({
  callId: `cal_${++calls}`,
  modelCallId: 'm',
  tool: 'edit',
  input: { path },
});

/** Commands that were run, by the ids of their calls; each ends as `exitCode` says. */
function place(exitCode: () => number = () => 0) {
  const ran: { callId: string; command: string; timeoutMs: number }[] = [];
  const hands = {
    async call({ callId, input }: { callId: string; input: { command: string; timeoutMs: number } }) {
      ran.push({ callId, ...input });
      const code = exitCode();
      const output = `${ran.length}: ${'long '.repeat(3000)}`;
      return { status: 'finished', callId, ok: code === 0, summary: `exit code ${code}`, output };
    },
  } as unknown as Hands;
  const around = (call: Call, more: object = {}) => ({
    hands,
    pending: [call],
    isReady: true,
    signal: new AbortController().signal,
    onOutput: () => {},
    ...more,
  });
  return { ran, around };
}

const checks = (...all: Check[]) => new EditChecks(async () => all);
const lint = checkOf(['lint', { run: 'lint "$@"', files: '*.ts' }]);

test('an agent that goes round and round gets no more of them, and is told so once', async () => {
  const { ran, around } = place(() => 1);
  const all = checks(lint);
  const outputs: string[] = [];
  for (let n = 0; n < 30; n++) {
    const call = edit('a.ts');
    outputs.push((await all.after(call, edited, around(call))).output);
  }
  expect(ran).toHaveLength(25);
  expect(outputs.filter(output => output.includes('not run any more'))).toHaveLength(1);
  expect(outputs.slice(26)).toEqual(['edited', 'edited', 'edited', 'edited']);
});

test('what ten checks print fits into one result', async () => {
  const { around } = place(() => 1);
  const call = edit('a.ts');
  const many = Array.from({ length: 10 }, (_, n) => checkOf([`c${n}`, 'true']));
  const { output } = await checks(...many).after(call, edited, around(call));
  expect(output.length).toBeLessThan(10_000);
  expect(output.match(/^\[check c\d/gm)).toHaveLength(10);
});

test('while the sandbox is made ready nothing runs; what was edited by then is looked at later', async () => {
  const { ran, around } = place();
  const all = checks(lint);
  const [first, second] = [edit('a.ts'), edit('b.ts')];
  expect(await all.after(first, edited, around(first, { isReady: false }))).toEqual(edited);
  await all.after(second, edited, around(second));
  expect(ran).toEqual([
    { callId: `${second.callId}-lint`, command: `set -- 'a.ts' 'b.ts'\nlint "$@"`, timeoutMs: 60_000 },
  ]);
});

test('nothing runs for files outside, for other tools, for calls that failed, or once the turn is stopped', async () => {
  const { ran, around } = place();
  const all = checks(lint);
  const read = { ...edit('a.ts'), tool: 'read' };
  await all.after(read, edited, around(read));
  for (const path of ['/tmp/a.ts', '../a.ts', 'a.js', '/work/repo'])
    await all.after(edit(path), edited, around(edit(path)));
  await all.after(edit('a.ts'), { ...edited, ok: false }, around(edit('a.ts')));
  await all.after(edit('a.ts'), edited, around(edit('a.ts'), { signal: AbortSignal.abort() }));
  expect(ran).toEqual([]);
});

test('a file that names checks which cannot be read is no reason to fail', async () => {
  const { around } = place();
  const broken = new EditChecks(async () => {
    throw new Error('no mirror');
  });
  const call = edit('a.ts');
  expect(await broken.after(call, edited, around(call))).toEqual(edited);
});
