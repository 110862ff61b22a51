import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CleanRoom, openCleanRoom, type Turns } from './cleanRoom.ts';
import { readTasks, type Task } from './task.ts';
import { makeTaskRepo, solve } from './taskRepo.ts';

const tasks = readTasks();
/** As many as cores that a machine has at least. */
const atOnce = 2;

let room: CleanRoom;
beforeAll(async () => {
  room = await openCleanRoom();
});
afterAll(() => room.close());

const untouched: Turns = [{ outcome: 'done', question: null, said: 'Done.' }];

/** What the oracle says where a task asks for words; that it is done where it does not. */
async function oracleTurns({ dir }: Task): Promise<Turns> {
  const path = join(dir, 'oracle/turns.json');
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as Turns) : untouched;
}

async function judge(task: Task): Promise<{ task: string; untouched: string; oracle: string }> {
  const repo = await makeTaskRepo(task);
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-oracle-'));
  try {
    const trees = [join(dir, 'untouched'), join(dir, 'solved')] as const;
    for (const tree of trees) await repo.checkOut(null, tree);
    await solve(task, trees[1]);
    const before = await room.check(task, { tree: trees[0], turns: untouched });
    const after = await room.check(task, { tree: trees[1], turns: await oracleTurns(task) });
    return {
      task: task.name,
      untouched: before.passed ? 'passes' : 'fails',
      oracle: after.passed ? 'passes' : `fails: ${after.output}`,
    };
  } finally {
    await Promise.all([repo.remove(), rm(dir, { recursive: true, force: true })]);
  }
}

test('there are thirty tasks and more, of every language and kind', () => {
  expect(tasks.length).toBeGreaterThanOrEqual(30);
  expect(new Set(tasks.flatMap(({ languages }) => languages)).size).toBe(8);
  expect(new Set(tasks.map(({ kind }) => kind)).size).toBe(11);
  // Nobody tells the agent what is looked at.
  for (const { prompt } of tasks) expect(prompt).not.toMatch(/checks\/|oracle/);
});

test('of every task the oracle passes its checks and the untouched repository does not', async () => {
  const open = [...tasks];
  const judged: Awaited<ReturnType<typeof judge>>[] = [];
  const work = async () => {
    for (let task = open.shift(); task; task = open.shift()) judged.push(await judge(task));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  expect(judged.filter(({ oracle, untouched }) => oracle !== 'passes' || untouched !== 'fails')).toEqual([]);
  expect(judged).toHaveLength(tasks.length);
});
