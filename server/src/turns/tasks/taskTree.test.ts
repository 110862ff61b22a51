import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callIn } from './taskTree.ts';

const dir = '/work/tasks/tsk_0123456789';
const made = (tool: string, input: unknown) =>
  callIn(dir, { callId: 'cal_0123456789', modelCallId: 'x', tool, input });

test.each([
  ['read', { path: 'a.ts' }, `${dir}/a.ts`],
  ['write', { path: './sub/../b.ts', content: 'x' }, `${dir}/b.ts`],
  ['edit', { path: '/work/repo/sub/c.ts' }, `${dir}/sub/c.ts`],
  ['list', {}, dir],
  ['search', { pattern: 'x' }, dir],
  ['list', { path: '/work/repo' }, dir],
  ['read', { path: '/tmp/out.txt' }, '/tmp/out.txt'],
  ['read', { path: '/work/repository' }, '/work/repository'],
])('%s of %j is of the task’s own tree', (tool, input, path) => {
  expect(made(tool, input)).toMatchObject({ tool, input: { ...input, path } });
});

test('commands run there, and a difference is of there; what is said stays within its quotes', () => {
  expect(made('bash', { command: 'npm test', timeoutMs: 5 }).input).toEqual({
    ...{ command: `cd '${dir}' || exit\nnpm test`, timeoutMs: 5 },
  });
  expect(made('git_diff', { path: "it's; rm -rf ." })).toMatchObject({
    tool: 'bash',
    input: { command: expect.stringContaining(`-- '${dir}/it'\\''s; rm -rf .'`) },
  });
  expect(made('process_stop', { handle: 'p1' }).input).toEqual({ handle: 'p1' });
});

test('junk never throws', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('read', 'bash', 'git_diff', 'search', 'fetch'),
      fc.anything(),
      (tool, input) => {
        expect(made(tool, input).callId).toBe('cal_0123456789');
      },
    ),
  );
});
