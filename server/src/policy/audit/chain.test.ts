import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type AuditDraft, canonical, parseEntry } from './chain.ts';
import { auditKeys } from './keys.ts';
import { AuditLog, readHead } from './log.ts';
import { forgetNames, Pseudonyms, readNames } from './names.ts';
import { readParts, sealParts } from './seal.ts';
import { verifyChain } from './verify.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterEach(() => opened.close());

const blobs = () => store.archives.blobs;
const names = new Pseudonyms('secret');
const draft = (n: number): AuditDraft => ({
  atMs: 1_000 + n,
  id: `act-${n}`,
  phase: 'begun',
  act: 'prompt.send',
  who: names.of('person', 'usr_ana000'),
  way: 'http',
  about: { n },
});
const verify = () => verifyChain(store, blobs());
const append = async (count: number, from = 0) => {
  const log = new AuditLog(store);
  await Promise.all(Array.from({ length: count }, (_, n) => log.append(draft(from + n))));
};

test('several writers at once make one chain without gaps, in which each entry stands once', async () => {
  const writers = Array.from({ length: 4 }, () => new AuditLog(opened.connect()));
  await Promise.all(
    writers.flatMap((log, w) => Array.from({ length: 50 }, (_, n) => log.append(draft(100 * w + n)))),
  );
  expect(await verify()).toMatchObject({ entries: 200, fault: null });
  const entries = (await store.xrange(auditKeys.hot, '-', '+')).map(([, [, text]]) => parseEntry(text ?? ''));
  expect(new Set(entries.map(entry => entry?.about.n)).size).toBe(200);
});

test('older entries move to sealed files, and the chain goes on through them', async () => {
  await append(100);
  expect((await sealParts(store, blobs(), { hotCount: 30, partCount: 20 })).map(({ to }) => to)).toEqual([
    20, 40, 60, 80,
  ]);
  await append(30, 100);
  expect(await store.xlen(auditKeys.hot)).toBe(50);
  expect(await verify()).toMatchObject({ entries: 130, fault: null });
});

test('a seal that died between its file and Redis is made again by the next', async () => {
  await append(50);
  const { put } = blobs();
  blobs().put = async (key, content) => {
    await put(key, content);
    throw new Error('killed');
  };
  await expect(sealParts(store, blobs(), { hotCount: 30, partCount: 20 })).rejects.toThrow('killed');
  blobs().put = put;
  expect(await verify()).toMatchObject({ entries: 50, fault: null });
  expect(await sealParts(store, blobs(), { hotCount: 30, partCount: 20 })).toHaveLength(1);
  expect(await verify()).toMatchObject({ entries: 50, fault: null });
});

test('entries that are sealed while somebody verifies are no fault', async () => {
  await append(600);
  const looks = Array.from({ length: 5 }, verify);
  await sealParts(store, blobs(), { hotCount: 100, partCount: 40 });
  for (const look of await Promise.all(looks)) expect(look).toMatchObject({ entries: 600, fault: null });
});

test('whatever is changed, removed, put elsewhere or cut off is found', async () => {
  let seed = 11;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  await append(60);
  await sealParts(store, blobs(), { hotCount: 30, partCount: 20 });
  const hot = (await store.xrange(auditKeys.hot, '-', '+')).map(([id, [, text = '']]) => ({ id, text }));
  const [part] = await readParts(store);
  const path = (await blobs().file(part?.blob ?? '')) ?? '';
  const { readFile, writeFile } = await import('node:fs/promises');
  const file = await readFile(path, 'utf8');
  const restore = async (entries: { id: string; text: string }[]) => {
    await store.del(auditKeys.hot);
    for (const { id, text } of entries) await store.xadd(auditKeys.hot, id, 'e', text);
  };
  const changed = (text: string) => {
    const entry = JSON.parse(text) as Record<string, unknown>;
    const field = ['who', 'act', 'atMs', 'about', 'prev', 'hash', 'phase', 'way', 'id'][random(9)] ?? '';
    const other: Record<string, unknown> = { about: { n: 999 }, atMs: 5, phase: 'done' };
    return JSON.stringify({ ...entry, [field]: other[field] ?? 'f'.repeat(64) });
  };
  for (let round = 0; round < 60; round++) {
    const entries = hot.map(entry => ({ ...entry }));
    const at = random(entries.length);
    const one = entries[at];
    const last = entries.at(-1);
    if (!one || !last) throw new Error('nothing to change');
    const kind = round % 6;
    if (kind === 0) one.text = changed(one.text);
    if (kind === 1) entries.splice(at, 1);
    if (kind === 2) {
      const other = entries[(at + 1 + random(entries.length - 1)) % entries.length];
      if (other) [one.text, other.text] = [other.text, one.text];
    }
    if (kind === 3) entries.splice(entries.length - 1 - random(5));
    const lines = file.split('\n').slice(0, -1);
    if (kind === 4) lines[random(lines.length)] = changed(lines[random(lines.length)] ?? '');
    if (kind === 5) lines.splice(random(lines.length), 1);
    await writeFile(path, `${lines.join('\n')}\n`);
    await restore(entries);
    expect({ round, kind, fault: (await verify()).fault }).not.toMatchObject({ fault: null });
  }
  await writeFile(path, file);
  await restore(hot);
  expect(await verify()).toMatchObject({ fault: null });
});

test('a tail that was cut off together with the note of the end is found by an end that was written down', async () => {
  await append(20);
  const anchor = await readHead(store);
  const [, before] = await store.xrange(auditKeys.hot, '14-0', '15-0');
  const cut = parseEntry(before?.[1][1] ?? '');
  await store.xtrim(auditKeys.hot, 'MAXLEN', 20);
  for (let seq = 16; seq <= 20; seq++) await store.xdel(auditKeys.hot, `${seq}-0`);
  await store.hset(auditKeys.head, 'seq', 15, 'hash', cut?.hash ?? '');
  expect(await verify()).toMatchObject({ entries: 15, fault: null });
  expect((await verifyChain(store, blobs(), anchor)).fault).not.toBeNull();
});

test('the same entry is the same text whatever the order of its fields', () => {
  expect(canonical({ b: 1, a: { d: undefined, c: [1, 'x'] } })).toBe('{"a":{"c":[1,"x"]},"b":1}');
});

test('who is forgotten is a pseudonym from then on, their addresses too, and the chain stays whole', async () => {
  const log = new AuditLog(store);
  const [who, person] = names.person('usr_ana000', 'Ana');
  const [address, named] = names.address('10.1.2.3', who);
  const [other, ben] = names.person('usr_ben000', 'Ben');
  await log.append({ ...draft(1), who, address }, [
    [who, person],
    [address, named],
    [other, ben],
  ]);
  expect((await readNames(store, [who, address])).get(address)?.id).toBe('10.1.2.3');
  await forgetNames(store, new Set([who]));
  expect([...(await readNames(store, [who, address, other])).keys()]).toEqual([other]);
  expect(await verify()).toMatchObject({ entries: 1, fault: null });
  const [whole] = await store.xrange(auditKeys.hot, '-', '+');
  expect(JSON.stringify(whole)).not.toMatch(/usr_ana000|Ana|10\.1\.2\.3/);
});
