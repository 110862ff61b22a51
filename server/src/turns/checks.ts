import { posix } from 'node:path';
import { endOf, startOf } from '@deckhand/shared';
import type { Call, CallResult } from '../agent/tools/tool.ts';
import { type Check, filesFor } from '../sandboxes/environments/checks.ts';
import type { CallOutcome, Hands } from '../sandboxes/hands.ts';

const editors: ReadonlySet<string> = new Set(['edit', 'write']);
const repoDir = '/work/repo';
/** Of a turn: an agent that goes round and round is not helped by more of them. */
const mostRounds = 25;
/** Of one round, for all of its checks. */
const roundMs = 5 * 60_000;
/** For the output of all that failed in a round; leaves room for the rest of the event. */
const shownChars = 8_000;

type Around = {
  hands: Hands;
  /** Calls of the same answer that are not done yet, this one among them. */
  pending: readonly Call[];
  /** False while the sandbox is still being made ready: what checks need may not be there. */
  isReady: boolean;
  signal: AbortSignal;
  onOutput: (text: string) => void;
};

type Ran = { name: string; failed: string | null; output: string };

/**
 * The repository's checks, run behind the agent's edits: once for all edits of an answer, and told with the result of
 * the last. What a check does to files runs no check.
 */
export class EditChecks {
  #checks: () => Promise<readonly Check[]>;
  #known: Promise<readonly Check[]> | null = null;
  #edited = new Set<string>();
  #before = new Map<string, string>();
  #rounds = 0;

  constructor(checks: () => Promise<readonly Check[]>) {
    this.#checks = checks;
  }

  /** The result of an edit, with what the checks found. Sent again after a crash, they are not run a second time. */
  async after(call: Call, result: CallResult, around: Around): Promise<CallResult> {
    if (!editors.has(call.tool) || around.signal.aborted) return result;
    const path = result.ok ? pathOf(call.input) : null;
    if (path !== null) this.#edited.add(path);
    const others = around.pending.filter(({ callId, invalid }) => callId !== call.callId && !invalid);
    if (this.#edited.size === 0 || !around.isReady || others.some(({ tool }) => editors.has(tool)))
      return result;
    this.#known ??= this.#checks().catch(() => []);
    const paths = [...this.#edited];
    this.#edited.clear();
    const wanted = (await this.#known)
      .map(check => ({ check, files: filesFor(check, paths) }))
      .filter(({ files }) => files.length > 0);
    if (wanted.length === 0 || this.#rounds > mostRounds) return result;
    this.#rounds += 1;
    if (this.#rounds > mostRounds)
      return withWords(
        result,
        '',
        `[Checks ran ${mostRounds} times in this turn and are not run any more: run them yourself.]`,
      );
    const startedMs = performance.now();
    const ran: Ran[] = [];
    for (const { check, files } of wanted) {
      const leftMs = roundMs - (performance.now() - startedMs);
      if (around.signal.aborted || leftMs <= 0) break;
      ran.push(
        await runCheck({ ...check, timeoutMs: Math.min(check.timeoutMs, leftMs) }, files, {
          call,
          ...around,
        }),
      );
    }
    const durationMs = result.durationMs + Math.round(performance.now() - startedMs);
    return this.#told({ ...result, durationMs }, ran, wanted.length - ran.length);
  }

  #told(result: CallResult, ran: readonly Ran[], left: number): CallResult {
    const failed = ran.filter(each => each.failed !== null);
    const room = Math.floor(shownChars / Math.max(1, failed.length));
    const words = failed.map(({ name, failed: how, output }) => {
      const same = this.#before.get(name) === output;
      return same && output !== ''
        ? `[check ${name}: ${how}, with the same output as before]`
        : `[check ${name}: ${how}]\n${clip(output, room)}`;
    });
    for (const { name, failed: how, output } of ran) {
      if (how === null) this.#before.delete(name);
      else this.#before.set(name, output);
    }
    const passed = ran.filter(each => each.failed === null).map(({ name }) => name);
    if (passed.length > 0) words.push(`[checks that passed: ${passed.join(', ')}]`);
    if (left > 0) words.push(`[${left} more checks were not run: there was no time]`);
    const summary = [
      failed.length > 0 && `failed: ${failed.map(({ name }) => name).join(', ')}`,
      passed.length > 0 && `passed: ${passed.join(', ')}`,
    ].filter(Boolean);
    return withWords(result, summary.length > 0 ? `; checks ${summary.join('; ')}` : '', words.join('\n'));
  }
}

const withWords = (result: CallResult, summary: string, words: string): CallResult => ({
  ...result,
  summary: result.summary + summary,
  output: words === '' ? result.output : `${result.output}\n${words}`,
});

async function runCheck(
  { name, run, timeoutMs }: Check,
  files: readonly string[],
  { call, hands, signal, onOutput }: Around & { call: Call },
): Promise<Ran> {
  onOutput(`[check ${name}]\n`);
  const command = `set -- ${files.map(quoted).join(' ')}\n${run}`;
  const callId = `${call.callId}-${name}`;
  const input = { command, timeoutMs: Math.max(1, Math.round(timeoutMs)) };
  const outcome = await hands.call(
    { callId, tool: 'bash', input },
    { signal, onOutput: ({ text }) => onOutput(text) },
  );
  return { name, ...howItEnded(outcome) };
}

function howItEnded(outcome: CallOutcome): Omit<Ran, 'name'> {
  if (outcome.status === 'finished')
    return { failed: outcome.ok ? null : outcome.summary, output: outcome.output };
  return { failed: outcome.status === 'lost' ? outcome.message : outcome.reason, output: '' };
}

/** For bash. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** From the top of the repository; null for what lies elsewhere. */
function pathOf(input: unknown): string | null {
  const path = typeof input === 'object' && input !== null && 'path' in input ? input.path : null;
  if (typeof path !== 'string') return null;
  const inside = posix.relative(repoDir, posix.resolve(repoDir, path));
  return inside === '' || inside === '..' || inside.startsWith('../') ? null : inside;
}

function clip(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const half = Math.floor(chars / 2);
  return `${startOf(text, half)}\n… ${text.length - 2 * half} characters left out …\n${endOf(text, half)}`;
}
