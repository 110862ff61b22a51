import type { JournalOutcome } from '../protocol/outcome.ts';
import {
  BashInput,
  type CallRequest,
  GitDiffInput,
  ListInput,
  ReadInput,
  SearchInput,
  toolInputs,
} from '../protocol/tools.ts';
import { bashIntent, takeUpBash } from './bash.ts';
import { monotonicMs } from './clock.ts';
import { fault } from './fault.ts';
import { changeFile, inTurn } from './file-call.ts';
import { type CallJournal, callJournal, unfinishedCalls } from './journal.ts';
import { outputFile } from './output.ts';
import { pruner } from './prune.ts';
import type { Running } from './running.ts';
import { gitDiff } from './tools/git-diff.ts';
import { list } from './tools/list.ts';
import { read } from './tools/read.ts';
import { search } from './tools/search.ts';
import { finished, refusal, type ToolAnswer } from './tools/tool.ts';

/**
 * The one place where calls begin. Idempotent by call id: finished answers again what it answered, running is joined,
 * begun is taken up where the journal says it stands, unknown to the journal is run.
 */
export function calls() {
  const running = new Map<string, Running>();
  const oneChangeAtATime = inTurn();
  const old = pruner();

  const begin = (request: CallRequest): Running => {
    const { callId, tool, input } = request;
    const journal = callJournal(callId);
    const result = journal.result();
    if (result) return ended(result, journal);
    const parsed = toolInputs[tool].safeParse(input);
    if (!parsed.success) {
      const problem = parsed.error.issues
        .map(issue => `${issue.path.join('.') || 'input'}: ${issue.message}`)
        .join('; ');
      return kept(
        callId,
        Promise.resolve(finished(callId, refusal(`bad input: ${problem}`, 'bad_input'), 0)),
      );
    }
    if (tool !== 'bash' && journal.stopReason() && !journal.intent()) {
      return kept(
        callId,
        Promise.resolve(finished(callId, refusal('stopped before it began', 'stopped'), 0)),
      );
    }
    if (tool === 'bash') {
      const intent = journal.intent() ?? bashIntent(callId, BashInput.parse(input));
      if (!intent.bash) return contradiction(callId);
      journal.writeIntent(intent);
      fault('after-intent');
      return takeUpBash(callId, journal, { ...intent, bash: intent.bash });
    }
    if (tool === 'write' || tool === 'edit') {
      return kept(
        callId,
        oneChangeAtATime(() => changeFile(request, journal)),
      );
    }
    const abort = new AbortController();
    const startedMs = monotonicMs();
    const outcome = look(request, abort.signal).then(answer => {
      const told = abort.signal.aborted ? refusal('stopped', 'stopped') : answer;
      return finished(callId, told, monotonicMs() - startedMs);
    });
    return { ...kept(callId, outcome), stop: () => abort.abort() };
  };

  const take = (callId: string, start: () => Running): Running => {
    const known = running.get(callId);
    if (known) return known;
    const call = start();
    running.set(callId, call);
    const forget = () => {
      running.delete(callId);
      old.callEnded();
    };
    call.outcome.then(forget, forget);
    return call;
  };

  return {
    call: (request: CallRequest): Running => take(request.callId, () => begin(request)),
    /** After a restart: commands that run on are watched again, so that their deadlines hold and their ends are noted. */
    resume: () => {
      for (const callId of unfinishedCalls()) {
        const journal = callJournal(callId);
        const intent = journal.intent();
        if (!intent?.bash || journal.claim(journal.attempt()).by !== 'wrapper') continue;
        const { bash } = intent;
        take(callId, () => takeUpBash(callId, journal, { ...intent, bash }));
      }
    },
    /** A call that is not running is not going to: its stop is noted before it, should its request come late. */
    cancel: (callId: string): boolean => {
      const call = running.get(callId);
      if (call) call.stop('stopped');
      else if (!callJournal(callId).result()) callJournal(callId).writeStopReason('stopped');
      return call !== undefined;
    },
    cancelAll: async (): Promise<void> => {
      const all = [...running.values()];
      for (const call of all) call.stop('stopped');
      await Promise.allSettled(all.map(call => call.outcome));
    },
  };
}

export type Calls = ReturnType<typeof calls>;

/** Written down before it is told, so that a second asking is answered the same. */
function kept(callId: string, outcome: Promise<JournalOutcome>): Running {
  const written = outcome.then(value => {
    callJournal(callId).writeResult(value);
    return value;
  });
  return { outcome: written, stop: () => {} };
}

/** Its output can still be followed to the end by one who saw only a part. */
function ended(result: JournalOutcome, journal: CallJournal): Running {
  const path = journal.intent()?.bash?.outputPath;
  const output = path ? { output: outputFile(path, `${journal.dir}/dropped`) } : {};
  return { outcome: Promise.resolve(result), stop: () => {}, ...output };
}

const contradiction = (callId: string): Running => ({
  outcome: Promise.resolve({ callId, status: 'unknown', reason: 'this call id was used for another tool' }),
  stop: () => {},
});

/** What changes nothing needs no intent: after a crash it runs again. */
function look({ tool, input }: CallRequest, signal: AbortSignal): Promise<ToolAnswer> {
  if (tool === 'read') return read(ReadInput.parse(input));
  if (tool === 'list') return list(ListInput.parse(input), signal);
  if (tool === 'search') return search(SearchInput.parse(input), signal);
  return gitDiff(GitDiffInput.parse(input), signal);
}
