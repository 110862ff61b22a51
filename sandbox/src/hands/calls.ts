import type { JournalOutcome } from '../protocol/outcome.ts';
import {
  BashInput,
  type CallRequest,
  FetchInput,
  GitDiffInput,
  ListInput,
  ProcessOutputInput,
  ProcessStopInput,
  ReadInput,
  SearchInput,
  toolInputs,
} from '../protocol/tools.ts';
import { find as findProcess, unknownHandle } from './background.ts';
import { startInBackground } from './background-call.ts';
import { bashIntent, takeUpBash } from './bash.ts';
import { monotonicMs } from './clock.ts';
import { fault } from './fault.ts';
import { changeFile, inTurn } from './file-call.ts';
import { type CallJournal, callJournal, unfinishedCalls } from './journal.ts';
import { outputFile } from './output.ts';
import { pruner } from './prune.ts';
import type { Running } from './running.ts';
import { fetchTool } from './tools/fetch.ts';
import { gitDiff } from './tools/git-diff.ts';
import { list } from './tools/list.ts';
import { describeProcess, processOutput } from './tools/process.ts';
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
      const command = BashInput.parse(input);
      if (!command.background) return beginBash(callId, command);
      const start = (own: string) => take(own, () => beginBash(own, command));
      const { outcome, stop } = startInBackground(callId, command, start);
      return { ...kept(callId, outcome), stop };
    }
    if (tool === 'process_stop') return kept(callId, answered(callId, stopProcess(input)));
    if (tool === 'write' || tool === 'edit') {
      return kept(
        callId,
        oneChangeAtATime(() => changeFile(request, journal)),
      );
    }
    const abort = new AbortController();
    const looking = look(request, abort.signal).then(answer =>
      abort.signal.aborted ? refusal('stopped', 'stopped') : answer,
    );
    return { ...kept(callId, answered(callId, looking)), stop: () => abort.abort() };
  };

  const stopProcess = async (input: unknown): Promise<ToolAnswer> => {
    const { handle } = ProcessStopInput.parse(input);
    const stopping = findProcess(handle);
    if (!stopping) return refusal(unknownHandle(handle), 'bad_input');
    const call = running.get(stopping.callId);
    call?.stop('stopped');
    await call?.outcome;
    return describeProcess(stopping, { stopped: call !== undefined });
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

async function answered(callId: string, answer: Promise<ToolAnswer>): Promise<JournalOutcome> {
  const startedMs = monotonicMs();
  return finished(callId, await answer, monotonicMs() - startedMs);
}

/** A command of whatever call, wherever its journal says that it stands. */
function beginBash(callId: string, input: BashInput): Running {
  const journal = callJournal(callId);
  const result = journal.result();
  if (result) return ended(result, journal);
  const intent = journal.intent() ?? bashIntent(callId, input);
  if (!intent.bash) return contradiction(callId);
  journal.writeIntent(intent);
  fault('after-intent');
  return takeUpBash(callId, journal, { ...intent, bash: intent.bash });
}

const contradiction = (callId: string): Running => ({
  outcome: Promise.resolve({ callId, status: 'unknown', reason: 'this call id was used for another tool' }),
  stop: () => {},
});

/** What changes nothing needs no intent: after a crash it runs again. */
function look({ tool, input }: CallRequest, signal: AbortSignal): Promise<ToolAnswer> {
  if (tool === 'process_output') return processOutput(ProcessOutputInput.parse(input), signal);
  if (tool === 'fetch') return fetchTool(FetchInput.parse(input), signal);
  if (tool === 'read') return read(ReadInput.parse(input), signal);
  if (tool === 'list') return list(ListInput.parse(input), signal);
  if (tool === 'search') return search(SearchInput.parse(input), signal);
  return gitDiff(GitDiffInput.parse(input), signal);
}
