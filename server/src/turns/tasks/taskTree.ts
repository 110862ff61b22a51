import { posix } from 'node:path';
import { failure, type Result } from '@deckhand/shared';
import type { Call } from '../../agent/tools/tool.ts';
import type { SessionSandbox } from '../../sandboxes/acquire/sessionSandbox.ts';
import type { Hands } from '../../sandboxes/hands.ts';
import { openTaskTree, taskDir } from '../../sandboxes/worktree/taskTrees.ts';
import type { TaskWriter } from '../../sessions/run/taskWriter.ts';

const repoDir = '/work/repo';
/** Tools that are given a path, and work on all of the repository where they are given none. */
const withPath: ReadonlySet<string> = new Set(['read', 'write', 'edit', 'list', 'search']);

/** The work tree that a task's calls run in. */
export type TaskTree = {
  /** Makes it, unless it is there: others begin from it, and read in it, before its own agent does. */
  open(hands: Hands): Promise<Result>;
  /** The call as it is to be run; `told`: what the agent must know besides its result. */
  enter(hands: Hands, call: Call): Promise<Result<{ call: Call; told?: string }>>;
};

/** Null: the repository's own tree. `outer`: the tree of whoever gave the task. */
export function taskTree(
  writer: TaskWriter,
  sandbox: SessionSandbox,
  outer: TaskTree | null,
): TaskTree | null {
  const { writes, within } = writer.state;
  if (writes) return ownTree(writer, sandbox, outer);
  if (within === null || !outer) return null;
  return {
    open: outer.open,
    async enter(hands, call) {
      const opened = await outer.open(hands);
      return opened.ok ? { ok: true, call: callIn(taskDir(within), call) } : opened;
    },
  };
}

function ownTree(writer: TaskWriter, sandbox: SessionSandbox, outer: TaskTree | null): TaskTree {
  const { task, within } = writer.state;
  let told: string | undefined;
  /** In this sandbox it is there, or being made. */
  let made: { sandboxId: string; opening: Promise<Result> } | null = null;
  const make = async (hands: Hands): Promise<Result> => {
    const begun = (await outer?.open(hands)) ?? { ok: true };
    if (!begun.ok) return begun;
    // It begins from the newest commits, as any edit does.
    await sandbox.ready('write');
    const opened = await openTaskTree(hands, { taskId: task.id, from: within });
    if (!opened.ok)
      return failure(opened.code, `Its copy of the repository could not be made: ${opened.message}`);
    const { state } = writer;
    if (opened.made && state.treeIn !== null) told = lost;
    state.treeIn = hands.sandboxId;
    await writer.note(state.run);
    return { ok: true };
  };
  const open = async (hands: Hands): Promise<Result> => {
    if (made?.sandboxId !== hands.sandboxId) made = { sandboxId: hands.sandboxId, opening: make(hands) };
    const now = made;
    const opened = await now.opening.catch(error => {
      if (made === now) made = null;
      throw error;
    });
    // The next call tries again.
    if (!opened.ok && made === now) made = null;
    return opened;
  };
  return {
    open,
    async enter(hands, call) {
      const opened = await open(hands);
      if (!opened.ok) return opened;
      const news = told;
      told = undefined;
      return { ok: true, call: callIn(taskDir(task.id), call), ...(news ? { told: news } : {}) };
    },
  };
}

const lost =
  '[Deckhand] The sandbox was lost, and your copy of the repository with it: it was made anew from what there is now. Look before you go on.';

/** The same call in another work tree. Where it names the repository's own folder the copy is meant. */
export function callIn(dir: string, call: Call): Call {
  const input =
    typeof call.input === 'object' && call.input !== null ? (call.input as Record<string, unknown>) : {};
  const text = (key: string) => (typeof input[key] === 'string' ? input[key] : undefined);
  if (withPath.has(call.tool))
    return { ...call, input: { ...input, path: pathIn(dir, text('path') ?? '.') } };
  if (call.tool === 'bash')
    return { ...call, input: { ...input, command: `cd ${quoted(dir)} || exit\n${text('command') ?? ''}` } };
  if (call.tool === 'git_diff') return { ...call, tool: 'bash', input: { command: diffOf(dir, input) } };
  return call;
}

function pathIn(dir: string, path: string): string {
  if (path === repoDir || path.startsWith(`${repoDir}/`)) return posix.join(dir, path.slice(repoDir.length));
  if (path.startsWith('/')) return path;
  return posix.join(dir, path);
}

/** What is new is part of it, as in the tool of that name. */
function diffOf(dir: string, input: Record<string, unknown>): string {
  const path = typeof input.path === 'string' ? pathIn(dir, input.path) : dir;
  const staged = input.staged === true;
  return [
    `cd ${quoted(dir)} || exit`,
    ...(staged ? [] : ['git add --intent-to-add --all']),
    `git --no-pager diff --no-ext-diff --no-textconv ${staged ? '--cached ' : ''}HEAD -- ${quoted(path)}`,
  ].join('\n');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
