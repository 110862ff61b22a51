import { expect, test } from '@jest/globals';
import type { Envelope } from '../index.ts';
import { givenLine, standingOf, takenLine } from '../ui/words.ts';
import { applyToHead, emptyHead } from './head.ts';
import { applyEvents, emptyView } from './view.ts';

const ada = { userId: 'usr_ada000', name: 'Ada' };
const ben = { userId: 'usr_ben000', name: 'Ben' };
const events = (...told: [type: string, data: unknown][]): Envelope[] =>
  told.map(([type, data], i) => ({
    ...{ seq: i + 1, at: new Date(i * 1000).toISOString(), sessionId: 'ses_000001' },
    ...{ actor: { kind: 'user', ...ada }, type, data },
  }));
const headOf = (all: Envelope[]) => all.reduce(applyToHead, emptyHead);
const changes = { files: 2, commits: 1, commands: 3 };

test('who has control is in the head until they hand back; the next takes it from them, and both are people of the session', () => {
  const taken = events(['control.taken', { by: ada }], ['control.taken', { by: ben, from: ada }]);
  expect(headOf(taken.slice(0, 1)).control).toEqual({ by: ada, since: taken[0]?.at });
  expect(headOf(taken)).toMatchObject({ control: { by: ben }, authors: [ada, ben] });
  expect(standingOf(headOf(taken))).toEqual({ look: 'waiting', word: 'Ben has control' });
  const all = [...taken, { ...events(['control.given', { of: ben, changes }])[0], seq: 3 } as Envelope];
  expect(headOf(all).control).toBeNull();
  const { view } = applyEvents(emptyView(), all);
  expect(view.items.map(({ kind }) => kind)).toEqual(['mark', 'mark', 'mark']);
});

test('a fork of a session that somebody has is nobody’s', () => {
  const forked = events(['control.taken', { by: ada }], ['session.forked', { from: 'ses_000002', seq: 1 }]);
  expect(headOf(forked).control).toBeNull();
});

test('each is one line', () => {
  expect(takenLine({ by: ada })).toBe('Ada took control');
  expect(takenLine({ by: ben, from: ada })).toBe('Ben took control from Ada');
  expect(givenLine({ of: ada, changes })).toBe('Ada handed back: 2 files and 1 commit by hand');
  expect(givenLine({ of: ada, changes: { ...changes, files: 0, commits: 0 }, note: 'Go on.' })).toBe(
    'Ada handed back: nothing changed, with a note: Go on.',
  );
  expect(givenLine({ of: ada, changes: null })).toBe('Ada handed back. What changed is not known');
  expect(givenLine({ of: ada, changes: null, leftMs: 3_600_000 })).toBe(
    'Handed back: Ada did nothing with it for 1 h 0 min. What changed is not known',
  );
});
