import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BoardEntry, BoardLine, SessionEvent } from '../index.ts';
import { type BoardEvent, foldBoard, readBoard } from './board.ts';

const startMs = Date.UTC(2026, 10, 21);
const people = { kind: 'user', userId: 'usr_ana000', name: 'Ana' } as const;
const agent = { kind: 'agent' } as const;

/** Something that is written, by whom, and for how long. */
const writing = fc.record({
  key: fc.constantFrom('port', 'owner', 'api'),
  value: fc.constantFrom('a', 'b', 'c'),
  by: fc.constantFrom('people', 'agent', 'child', 'task'),
  ttlMinutes: fc.option(fc.integer({ min: 1, max: 100 })),
});
type Writing = { key: string; value: string; by: string; ttlMinutes: number | null };

const sources: Record<string, BoardEntry['source']> = {
  people: { actor: people },
  agent: { actor: agent },
  child: { actor: agent, sessionId: 'ses_000002' },
  task: { actor: agent, taskId: 'tsk_000001' },
};

const written = ({ key, value, by, ttlMinutes }: Writing, n: number): BoardEvent =>
  ({
    ...{ seq: n + 1, at: new Date(startMs).toISOString(), sessionId: 'ses_000001', actor: agent },
    type: 'board.written',
    data: {
      ...{ id: `brd_${String(n).padStart(6, '0')}`, kind: 'fact', key, value },
      source: sources[by],
      createdAt: new Date(startMs + n).toISOString(),
      ...(ttlMinutes === null ? {} : { ttlMs: ttlMinutes * 60_000 }),
    },
  }) as SessionEvent as BoardEvent;

const boardOf = (writings: readonly Writing[]): BoardLine[] =>
  writings.map(written).reduce<BoardLine[]>((board, event) => foldBoard(board, event), []);

test('each writer has one line on a key, the newest; writing the same twice changes nothing', () => {
  fc.assert(
    fc.property(fc.array(writing, { maxLength: 30 }), writings => {
      const board = boardOf(writings);
      const names = board.map(
        ({ key, source }) => `${key} ${JSON.stringify(source.actor)} ${source.sessionId} ${source.taskId}`,
      );
      expect(new Set(names).size).toBe(names.length);
      const events = writings.map(written);
      expect(
        [...events, ...events.slice(-1)].reduce<BoardLine[]>((b, event) => foldBoard(b, event), []),
      ).toEqual(board);
      for (const { key, by, value } of writings.slice(-1))
        expect(board.at(-1)).toMatchObject({ key, value, source: sources[by] });
    }),
  );
});

test('nothing that expired or that writers contradict each other in is told as true; a person settles it', () => {
  fc.assert(
    fc.property(
      fc.array(writing, { maxLength: 30 }),
      fc.integer({ min: 0, max: 120 }),
      (writings, minutes) => {
        const nowMs = startMs + minutes * 60_000;
        const board = boardOf(writings);
        const { entries, contradicted } = readBoard(board, nowMs);
        const told = [...entries, ...contradicted.flat()];
        for (const { ttlMs, createdAt } of told)
          expect(ttlMs === undefined || Date.parse(createdAt) + ttlMs > nowMs).toBe(true);
        expect(new Set(entries.map(({ key }) => key)).size).toBe(entries.length);
        for (const lines of contradicted) {
          expect(new Set(lines.map(({ value }) => value)).size).toBeGreaterThan(1);
          expect(lines.every(({ source }) => source.actor.kind === 'agent')).toBe(true);
          expect(entries.some(({ key }) => key === lines[0]?.key)).toBe(false);
        }
      },
    ),
  );
});
