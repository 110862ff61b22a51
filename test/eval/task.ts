import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureMediaType } from '@deckhand/shared/capture';
import { z } from 'zod';

/** Facts of a task, in its `task.json`. */
const About = z.strictObject({
  title: z.string(),
  languages: z
    .array(z.enum(['javascript', 'typescript', 'python', 'shell', 'c', 'sql', 'html', 'css']))
    .min(1),
  kind: z.enum([
    ...(['bug', 'feature', 'refactoring', 'tests', 'merge', 'flaky', 'upgrade'] as const),
    ...(['ask', 'answer', 'trap', 'capture'] as const),
  ]),
});

/** A file that comes with the prompt. */
export type TaskAttachment = { name: string; mediaType: string; path: string };

export type Task = z.infer<typeof About> & {
  name: string;
  /** Holds `repo/` (what the agent gets), `checks/` (what it never sees), `oracle/` (what solves it). */
  dir: string;
  prompt: string;
  attachments: TaskAttachment[];
  /** What the person answers where the agent asks back; null where they would not. */
  reply: string | null;
};

const root = fileURLToPath(new URL('tasks/', import.meta.url));

/** All tasks, or those named. Throws for a name that there is none of. */
export function readTasks(names: readonly string[] = []): Task[] {
  const all = readdirSync(root).toSorted();
  const unknown = names.find(name => !all.includes(name));
  if (unknown !== undefined) throw new Error(`There is no task ${unknown}. There are: ${all.join(', ')}.`);
  return (names.length > 0 ? names : all).map(readTask);
}

function readTask(name: string): Task {
  const dir = join(root, name);
  const text = (file: string) => readFileSync(join(dir, file), 'utf8').trim();
  return {
    ...About.parse(JSON.parse(text('task.json'))),
    ...{ name, dir, prompt: text('prompt.md'), attachments: attachmentsIn(join(dir, 'attachments')) },
    reply: existsSync(join(dir, 'reply.md')) ? text('reply.md') : null,
  };
}

function attachmentsIn(dir: string): TaskAttachment[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).map(name => ({
    name,
    mediaType: name.endsWith('.capture') ? captureMediaType : 'text/plain',
    path: join(dir, name),
  }));
}
