import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { DiskStore } from './diskStore.ts';
import { DiskFault } from './fault.ts';
import { DiskReply } from './protocol.ts';
import { serve } from './serve.ts';

const store = (more: Partial<DiskStore> = {}): DiskStore => ({
  mode: 'sparse',
  make: async () => {},
  copy: async () => ({ about: {} }),
  drop: async () => {},
  list: async () => ({ disks: [] }),
  keep: async () => ({ bytes: 1 }),
  link: async () => ({ bytes: 1 }),
  forget: async () => {},
  named: async () => ({ disks: [] }),
  usage: async () => ({ usedBytes: 0, storeFreeBytes: 0, hostFreeBytes: 0 }),
  tidy: async () => {},
  ...more,
});

/** What is answered to these lines, until no more come. */
async function replies(lines: readonly unknown[], given: () => Promise<DiskStore> = async () => store()) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const said: DiskReply[] = [];
  const lineReader = createInterface({ input: output });
  lineReader.on('line', line => said.push(DiskReply.parse(JSON.parse(line))));
  const serving = serve(given, { input, output });
  for (const line of lines) input.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  input.end();
  const served = await serving;
  output.end();
  await once(lineReader, 'close');
  return { served, said };
}

test('a store that cannot be opened is the only answer', async () => {
  const broken = async () => {
    throw new DiskFault('failed', 'no such thing');
  };
  const { served, said } = await replies([{ request: 1, op: 'list' }], broken);
  expect(served).toBe(false);
  expect(said).toEqual([{ request: 0, ok: false, code: 'failed', message: 'no such thing' }]);
});

test.each([
  { op: 'make', id: '../x', bytes: 1 },
  { op: 'make', id: 'a b', bytes: 1 },
  { op: 'make', id: 'a', bytes: 0 },
  { op: 'make', id: 'a', bytes: 1.5 },
  { op: 'make', id: 'a', bytes: '1' },
  { op: 'make', id: 'a', bytes: 1, more: true },
  { op: 'copy', name: '.hidden', id: 'a', bytes: 1 },
  { op: 'copy', name: 'a/b', id: 'a', bytes: 1 },
  { op: 'keep', id: 'a', name: 'n', about: 'words' },
  { op: 'forget', name: '' },
  { op: 'serve' },
  { op: '__proto__' },
  {},
])('%j is refused in a sentence, and nothing is done', async asked => {
  const must = async () => {
    throw new Error('it was done');
  };
  const strict = store({ make: must, copy: must, keep: must, forget: must });
  const { said } = await replies([{ request: 1, ...asked }], async () => strict);
  expect(said.at(-1)).toMatchObject({ request: 1, ok: false, code: 'bad_request' });
});

test('what is no request is passed over, and those behind it are answered', async () => {
  const { said } = await replies([
    '',
    'rm -rf /',
    '[]',
    '{"request":0,"op":"list"}',
    { request: 7, op: 'list' },
  ]);
  expect(said.map(({ request }) => request)).toEqual([0, 7]);
});

test('requests are served side by side; a fault is told by its code, the full disk by the kernel words', async () => {
  let letGo = () => {};
  const wait = new Promise<void>(resolve => {
    letGo = resolve;
  });
  const slow = store({
    make: () => wait,
    drop: async () => letGo(),
    forget: async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
    link: async () => {
      throw new DiskFault('not_found', 'disk a does not exist');
    },
  });
  const lines = [
    { request: 1, op: 'make', id: 'a', bytes: 1 },
    { request: 2, op: 'forget', name: 'n' },
    { request: 3, op: 'link', id: 'a', name: 'n', about: {} },
    { request: 4, op: 'drop', id: 'a' },
  ];
  const { said } = await replies(lines, async () => slow);
  const codes = said.map(reply => [reply.request, reply.ok ? 'ok' : reply.code]);
  expect(codes.toSorted()).toEqual([
    [0, 'ok'],
    [1, 'ok'],
    [2, 'no_space'],
    [3, 'not_found'],
    [4, 'ok'],
  ]);
});
