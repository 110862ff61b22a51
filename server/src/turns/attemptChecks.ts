import { type CheckResult, endOf, type Outcome } from '@deckhand/shared';
import { orAbort } from '../platform/orAbort.ts';
import type { Repos } from '../repos/repos.ts';
import type { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import { type Check, filesFor } from '../sandboxes/environments/checks.ts';
import { checksAt } from '../sandboxes/environments/readEnvironment.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { leaveTaskTree, openTaskTree, taskDir } from '../sandboxes/worktree/taskTrees.ts';
import { readField } from '../sessions/archive/hotOrCold.ts';
import { headAt } from '../sessions/log/headsAt.ts';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { checkedField, part } from '../sessions/store/keys.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { reviewer } from '../tasks/attempts/deps.ts';
import type { TurnControl } from './turnControl.ts';

type Checking = {
  store: Store;
  repos: Repos;
  writer: TurnWriter;
  run: Run;
  control: TurnControl;
  sandbox: SessionSandbox;
};

/** For all checks of an attempt, before and after. */
const allMs = 10 * 60_000;
const shownChars = 2_000;
const noFilesCode = 98;

/**
 * The repository's checks on what an attempt changed, and on the same files as they were before it: by the base's own
 * definition of them, which an attempt cannot change. Sent again after a crash, none runs a second time.
 */
export async function checkAttempt(checking: Checking, outcome: Outcome): Promise<void> {
  const { store, repos, writer, run, control, sandbox } = checking;
  const { sessionId } = writer;
  if (outcome !== 'done' || !run.touched || control.interrupt.aborted) return;
  const meta = await writer.meta();
  const { attempt } = meta;
  if (!attempt || !meta.repo || !meta.baseSha || run.agent?.id === reviewer) return;
  const checks = await checksAt(repos.mirror(meta.repo), meta.baseSha).catch(() => []);
  const paths = (await headAt(store, sessionId, meta.last)).files.map(({ path }) => path);
  const wanted = checks
    .map(check => ({ check, files: filesFor(check, paths) }))
    .filter(({ files }) => files.length > 0);
  const opened = await orAbort(sandbox.hands(), control.abandon);
  if (!opened.ok) return;
  await orAbort(sandbox.ready('bash'), control.abandon);
  const runner = new Runner(opened.hands, { run, control, mask: (await sandbox.mask()).text });
  const before = attempt.before ?? meta.baseSha;
  const results: CheckResult[] = [];
  if (wanted.length > 0) {
    const tree = await runner.treeAt(before);
    for (const { check, files } of wanted) {
      const after = await runner.check('after', check, { files, dir: '/work/repo' });
      // Files that are gone are no fault of what looks at files.
      if (after.verdict === 'nothing') continue;
      const was = tree ? await runner.check('before', check, { files, dir: tree }) : null;
      results.push({
        name: check.name,
        before: was === null || was.verdict === 'nothing' ? 'unknown' : was.verdict,
        after: after.verdict === 'passed' ? 'passed' : 'failed',
        ...(after.verdict === 'passed' ? {} : { output: after.output }),
      });
    }
    await runner.leave();
  }
  control.abandon.throwIfAborted();
  const text = JSON.stringify(results);
  if ((await readField(store, sessionId, part.attempts, checkedField)) === text) return;
  await writer.beside(
    [['HSET', part.attempts, checkedField, text]],
    [{ type: 'attempt.checked', actor: systemActor, turnId: run.turnId, data: { checks: results } }],
  );
}

/** `nothing`: none of its files is there. */
type Verdict = { verdict: 'passed' | 'failed' | 'unknown' | 'nothing'; output: string };

/** Runs checks of one attempt in its sandbox. */
class Runner {
  #hands: Hands;
  #of: { run: Run; control: TurnControl; mask: (text: string) => string };
  #treeId: string;
  #endsMs = performance.now() + allMs;

  constructor(hands: Hands, of: { run: Run; control: TurnControl; mask: (text: string) => string }) {
    this.#hands = hands;
    this.#of = of;
    this.#treeId = of.run.turnId.replace(/^trn_/, 'tsk_');
  }

  /** A work tree as it was before, with what git ignores; null where it cannot be had. */
  async treeAt(commit: string): Promise<string | null> {
    const { abandon } = this.#of.control;
    const made = await orAbort(openTaskTree(this.#hands, { taskId: this.#treeId, from: null }), abandon);
    if (!made.ok) return null;
    const dir = taskDir(this.#treeId);
    const argv = ['git', '-C', dir, 'checkout', '--quiet', '--force', '--detach', commit];
    const at = await orAbort(this.#hands.run(argv, { clean: true }), abandon);
    return at.ok && at.code === 0 ? dir : null;
  }

  async leave(): Promise<void> {
    await orAbort(leaveTaskTree(this.#hands, this.#treeId), this.#of.control.abandon);
  }

  /** Of the files those that are there. Without time nothing is known. */
  async check(
    when: 'before' | 'after',
    { name, run, timeoutMs }: Check,
    { files, dir }: { files: readonly string[]; dir: string },
  ): Promise<Verdict> {
    const { run: turn, control, mask } = this.#of;
    const leftMs = this.#endsMs - performance.now();
    if (leftMs <= 0) return { verdict: 'unknown', output: 'There was no time for it.' };
    const command = [
      `cd ${quoted(dir)} || exit 97`,
      `set --; for f in ${files.map(quoted).join(' ')}; do [ -e "$f" ] && set -- "$@" "$f"; done`,
      `[ $# -gt 0 ] || exit ${noFilesCode}`,
      run,
    ].join('\n');
    const callId = `${turn.turnId.replace(/^trn_/, 'cal_')}-${when}-${name}`;
    const input = { command, timeoutMs: Math.max(1, Math.round(Math.min(timeoutMs, leftMs))) };
    const { abandon } = control;
    const signal = AbortSignal.any([control.interrupt, abandon]);
    const outcome = await orAbort(this.#hands.call({ callId, tool: 'bash', input }, { signal }), abandon);
    if (outcome.status !== 'finished') return { verdict: 'unknown', output: '' };
    if (outcome.exitCode === noFilesCode) return { verdict: 'nothing', output: '' };
    return {
      verdict: outcome.ok ? 'passed' : 'failed',
      output: mask(endOf(outcome.output, shownChars)),
    };
  }
}

/** For bash. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
