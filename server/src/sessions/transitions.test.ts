import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Outcome, SessionState } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import {
  type Before,
  checksOf,
  type Happening,
  type HappeningKind,
  isArchived,
  isPossible,
  isRunning,
  nextState,
  type Seen,
  table,
  unborn,
} from './transitions.ts';

const states: SessionState[] = [...SessionState.options];
const befores: Before[] = [unborn, ...states];
const kinds = Object.keys(table) as HappeningKind[];
const happenings: Happening[] = kinds.flatMap(kind =>
  Outcome.options.flatMap(outcome => [true, false].map(sandbox => ({ kind, outcome, sandbox }) as Happening)),
);
/** As a writer that looked at everything. */
const seen: Seen = {
  fence: 7,
  state: 'waiting',
  last: 12,
  sandboxId: null,
  title: 'Look',
  waiting: 0,
  contextLength: 3,
  turnId: 'trn_000001',
  stop: null,
  parked: false,
  queueHeld: false,
  controlText: false,
  head: ['prm_000001'],
  request: 'usr_ana000|r1',
  prompts: [['prm_000001', '{}']],
  approval: ['apr_1', false],
  grant: ['grt_000001', false],
  children: [['ses_000002', '{}']],
  attempts: ['grp_1', '{}'],
  change: ['chg_1', '{}'],
  keptBranch: '{}',
  copied: false,
};

test('everything that can happen is defined or refused in every state, and ends in a state', () => {
  for (const before of befores)
    for (const happening of happenings) {
      const after = nextState(before, happening);
      const possible = table[happening.kind].from[before] !== undefined;
      // A fork that is being copied is no session yet.
      if (!possible || happening.kind === 'fork.copied') expect(after).toBeNull();
      else expect(states).toContain(after);
    }
});

test('an archived session stays so; a turn starts once; only its end leaves `running`', () => {
  for (const happening of happenings) {
    expect([null, 'archived']).toContain(nextState('archived', happening));
    const after = nextState('running', happening);
    if (after !== null && after !== 'running')
      expect(['turn.finished', 'turn.parked', 'turn.waits', 'turn.yields']).toContain(happening.kind);
  }
  expect(nextState('running', { kind: 'turn.started' })).toBeNull();
  expect(nextState('running', { kind: 'archive.asked' })).toBeNull();
  expect(states.filter(isRunning)).toEqual(['running']);
  expect(states.filter(isArchived)).toEqual(['archived']);
  expect(states.filter(state => isPossible(state, 'rewound'))).toEqual(['idle', 'waiting', 'asleep']);
});

test('a question waits for its answer, also after a rewind, in a fork and through sleep', () => {
  const stand = { outcome: 'asked', sandbox: true } as const;
  expect(nextState('running', { kind: 'turn.finished', outcome: 'asked' })).toBe('waiting');
  expect(nextState('idle', { kind: 'rewound', ...stand })).toBe('waiting');
  expect(nextState(unborn, { kind: 'forked', ...stand })).toBe('waiting');
  expect(nextState('waiting', { kind: 'fell.asleep' })).toBe('waiting');
  expect(nextState('idle', { kind: 'fell.asleep' })).toBe('asleep');
  expect(nextState(unborn, { kind: 'forked', outcome: 'done', sandbox: false })).toBe('idle');
});

test('every turn-write stands on its fence; every door-write on a state or on there being no session', () => {
  for (const kind of kinds) {
    const [first] = checksOf(kind, seen);
    if (table[kind].by === 'turn') expect(first).toEqual(['fence', 7]);
    else {
      const all = checksOf(kind, seen);
      const onState = all.some(
        ([check, key, name]) => key === 'meta' && (name === 'state' || check === 'absent'),
      );
      expect({ kind, onState }).toEqual({ kind, onState: true });
    }
  }
});

test('a writer that did not look at what its write stands on is a bug', () => {
  expect(() => checksOf('turn.noted')).toThrow(/fence/);
  expect(() => checksOf('archive.asked')).toThrow(/state/);
});

test('no other file of sessions names a state of the session', () => {
  const dir = import.meta.dirname;
  const named = new RegExp(`'(${states.join('|')})'`);
  const found = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'transitions.ts')
    .flatMap(file =>
      readFileSync(join(dir, file), 'utf8')
        .split('\n')
        .map(line => `${file}: ${line.trim()}`),
    )
    // A sandbox sleeps too.
    .filter(line => named.test(line) && !line.includes('sandbox.state'));
  expect(found).toEqual([]);
});

test('prompts that a stop held keep no sandbox awake; those that are to run do', () => {
  const onInbox = (queueHeld: boolean) =>
    checksOf('fell.asleep', { ...seen, queueHeld }).some(
      ([kind, key]) => kind === 'length' && key === 'inbox',
    );
  expect(onInbox(false)).toBe(true);
  expect(onInbox(true)).toBe(false);
  expect(checksOf('fell.asleep', { ...seen, queueHeld: true })).toContainEqual([
    'field',
    'meta',
    'queueHeld',
    '1',
  ]);
});
