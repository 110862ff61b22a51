import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bash, type Call, done, type ScriptedModel, type Step, write } from '../emulators/model/index.ts';
import type { Turns } from './cleanRoom.ts';
import type { Task } from './task.ts';

/** The words of a task, and which of the scripted model's scripts answers them. */
export const wordsForScript = (task: Task, text: string, nth: number): string =>
  `${text}\n\n#${markerOf(task, nth)}`;

const markerOf = ({ name }: Task, nth: number) => `eval-${name}-${nth}`;

/**
 * Has the scripted model play what solves these tasks, and do nothing useful for those in `unsolved`. It tells whether
 * the evaluation works, and nothing about any model.
 */
export function playOracles(
  model: ScriptedModel,
  tasks: readonly Task[],
  unsolved: ReadonlySet<string> = new Set(),
): void {
  for (const task of tasks) {
    const turns = turnsOf(task);
    for (const [nth, { outcome, question, said }] of turns.entries()) {
      if (unsolved.has(task.name)) model.script(markerOf(task, nth), nothingUseful);
      else if (outcome === 'asked')
        model.script(markerOf(task, nth), [
          { calls: [{ tool: 'list', input: {} }] },
          { calls: [{ tool: 'ask', input: { question: question ?? 'Which?' } }] },
        ]);
      else model.script(markerOf(task, nth), solution(task, said));
    }
  }
}

const nothingUseful: Step[] = [
  { say: 'I look where there is nothing.', calls: [{ tool: 'read', input: { path: 'no/such/file' } }] },
  done('It was nothing.'),
];

function turnsOf({ dir }: Task): Turns {
  const path = join(dir, 'oracle/turns.json');
  if (!existsSync(path)) return [{ outcome: 'done', question: null, said: 'Done as asked.' }];
  return JSON.parse(readFileSync(path, 'utf8')) as Turns;
}

function solution({ dir }: Task, said: string): Step[] {
  const oracle = join(dir, 'oracle');
  const files = readdirSync(oracle, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'turns.json' && entry.name !== 'solve.sh')
    .map(entry => join(entry.parentPath, entry.name));
  const calls: Call[] = files.map(file => write(file.slice(oracle.length + 1), readFileSync(file, 'utf8')));
  const script = join(oracle, 'solve.sh');
  if (existsSync(script)) calls.push(bash(readFileSync(script, 'utf8')));
  const look: Step = { say: 'Let me look.', calls: [{ tool: 'list', input: {} }] };
  return [look, ...(calls.length > 0 ? [{ say: 'I write it.', calls }] : []), done(said)];
}
