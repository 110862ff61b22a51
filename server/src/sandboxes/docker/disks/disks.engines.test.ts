import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  about,
  findEngine,
  hasBtrfs,
  onBtrfs,
  onPlain,
  onXfs,
  openDisks,
  undoDevices,
} from '../../../../test/helpers/diskVolumes.ts';
import type { DiskKind } from './diskHelper.ts';

const mib = 1024 * 1024;

beforeAll(findEngine);
afterAll(undoDevices);

type Case = { name: string; kind?: DiskKind; ready?: (volume: string) => Promise<void>; shares: boolean };
const cases: Case[] = [
  { name: 'xfs in a file', kind: 'images', shares: true },
  { name: 'a volume on xfs', kind: 'images', ready: onXfs, shares: true },
  ...(hasBtrfs ? [{ name: 'a volume on btrfs', kind: 'images' as const, ready: onBtrfs, shares: true }] : []),
  { name: 'files that share nothing', kind: 'images', ready: onPlain, shares: false },
  { name: 'folders', kind: 'folders', shares: false },
];

describe.each(cases)('$name', ({ kind, ready, shares }) => {
  let stack: Awaited<ReturnType<typeof openDisks>>;
  beforeAll(async () => {
    stack = await openDisks(kind, ready);
  });
  afterAll(() => stack?.close());

  test('a disk is made, kept under a name, copied, given away and dropped; nothing else is left', async () => {
    const { disks: all, on, run } = stack;
    expect(await all.support()).toEqual({ kind, shares });
    expect(await all.make('a', 256 * mib)).toEqual({ ok: true });
    expect(await all.make('a', 256 * mib)).toMatchObject({
      ok: false,
      message: expect.stringContaining('disk a exists'),
    });
    expect(await on('a', 'stat -c %u:%g .')).toBe('1000:1000');
    await on('a', 'echo one > v; ln -s v link; chmod 751 v; head -c 20M /dev/urandom > big');
    expect(await all.keep('a', 'first', about('1'))).toEqual({ ok: true, bytes: expect.any(Number) });
    await on('a', 'echo two > v');
    expect(await all.copy('first', 'b', { bytes: 256 * mib })).toEqual({ ok: true, about: about('1') });
    expect(await on('b', 'cat link; stat -c %a v; stat -c %s big')).toBe(`one\n751\n${20 * mib}`);
    expect(await all.link('b', 'second', about('2'))).toEqual({ ok: true, bytes: expect.any(Number) });
    expect(await all.link('b', 'second', about('3'))).toMatchObject({ ok: true });
    await all.drop('b');
    await all.drop('b');
    expect(await all.copy('second', 'c', { bytes: 256 * mib })).toEqual({ ok: true, about: about('3') });
    expect(await on('c', 'cat v')).toBe('one');
    expect((await all.list()).map(({ id }) => id).toSorted()).toEqual(['a', 'c']);
    const named = (await all.named()).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(named.map(({ name, labels }) => [name, labels.n])).toEqual([
      ['first', '1'],
      ['second', '3'],
    ]);
    for (const { bytes } of named) expect(bytes).toBeGreaterThan(20 * mib - 1);
    expect(await all.copy('nothing', 'd', { bytes: mib })).toMatchObject({ ok: false, code: 'not_found' });
    expect(await all.keep('nothing', 'x', about('x'))).toMatchObject({ ok: false, code: 'not_found' });
    for (const name of ['first', 'second', 'second']) await all.forget(name);
    // A name that was taken back takes nothing from whoever began with it.
    expect(await on('c', 'cat v')).toBe('one');
    for (const id of ['a', 'c']) await all.drop(id);
    const root = kind === 'folders' ? '/disks/folders' : '/disks/store';
    expect(await run(`ls -A ${root}/live ${root}/files ${root}/named | grep -v : | grep . || true`)).toBe('');
  });

  test('six copies use what they hold, and what they share counts once', async () => {
    const { disks: all, more, on } = stack;
    await all.make('one', 256 * mib);
    await on('one', 'head -c 20M /dev/urandom > big');
    for (let n = 0; n < 6; n++)
      expect(await all.keep('one', `copy-${n}`, about('c'))).toMatchObject({ ok: true });
    // Asked anew: another helper has no figure from before.
    const { usedBytes } = await more().usage();
    if (shares) expect(usedBytes).toBeLessThan(60 * mib);
    else expect(usedBytes).toBeGreaterThan(120 * mib);
    expect(usedBytes).toBeGreaterThan(20 * mib);
    expect(await more(10 * mib).make('two', 64 * mib)).toMatchObject({ ok: false, code: 'disk_full' });
    for (let n = 0; n < 6; n++) await all.forget(`copy-${n}`);
    await all.drop('one');
    expect((await more().usage()).usedBytes).toBeLessThan(20 * mib);
  });
});

test('a store in a file whose maker died before it said what it is, is known again', async () => {
  const stack = await openDisks('images');
  try {
    await stack.disks.make('a', 64 * mib);
    await stack.disks.keep('a', 'kept', about('1'));
    await stack.run('rm /disks/store/mode');
    await stack.killHelper();
    const again = stack.more();
    expect(await again.support()).toEqual({ kind: 'images', shares: true });
    expect((await again.named()).map(({ name }) => name)).toEqual(['kept']);
    await again.drop('a');
  } finally {
    await stack.close();
  }
});
