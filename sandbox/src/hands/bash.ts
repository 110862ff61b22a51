import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, statfsSync, watch, writeFileSync } from 'node:fs';
import { defaultBashTimeoutMs } from '../protocol/limits.ts';
import type { JournalOutcome } from '../protocol/outcome.ts';
import type { BashInput } from '../protocol/tools.ts';
import { type BashIntent, bashOutcome } from './bash-outcome.ts';
import { bell } from './bell.ts';
import { monotonicMs } from './clock.ts';
import { fault } from './fault.ts';
import type { CallJournal, StopReason } from './journal.ts';
import { outOfMemoryKills } from './memory.ts';
import { type OutputFile, outputFile } from './output.ts';
import { callScript, outputDir, spareOutputDir } from './places.ts';
import { endProcesses, isAlive, processesOf } from './processes.ts';
import { toolEnvironment, workingDirectory } from './tool-environment.ts';

export type RunningBash = {
  output: OutputFile;
  outcome: Promise<JournalOutcome>;
  stop: (reason: StopReason) => void;
};

/** How often a wrapper that is not our child is looked at; links in its directory also wake us. */
const pollMs = 100;
/** Below this a command's output goes to the disk: what it prints before its middle is dropped must find room. */
const spareBelowBytes = 8 * 1024 * 1024;

/** Nobody sits there: what would open an editor or a pager, or ask, goes on or ends. The repository may set others. */
const unattended = {
  CI: '1',
  EDITOR: 'true',
  VISUAL: 'true',
  GIT_EDITOR: 'true',
  GIT_SEQUENCE_EDITOR: 'true',
  GIT_TERMINAL_PROMPT: '0',
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  MANPAGER: 'cat',
  DEBIAN_FRONTEND: 'noninteractive',
  TERM: 'dumb',
};

export function bashIntent(callId: string, input: BashInput): BashIntent {
  const startedMs = monotonicMs();
  const { command, timeoutMs = input.background ? null : defaultBashTimeoutMs } = input;
  const deadlineMs = timeoutMs === null ? null : startedMs + timeoutMs;
  const outputPath = newOutputPath(callId, input.background === true);
  const bash = { command, outputPath, deadlineMs, oomKills: outOfMemoryKills() };
  return { tool: 'bash', startedMs, bash };
}

/** What runs on prints for as long as it likes: that has the disk's room, not memory's. */
function newOutputPath(callId: string, runsOn: boolean): string {
  const { bavail, bsize } = statfsSync(outputDir);
  const dir = runsOn || bavail * bsize < spareBelowBytes ? spareOutputDir : outputDir;
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/${callId}`, '');
    return `${dir}/${callId}`;
  } catch {
    mkdirSync(spareOutputDir, { recursive: true });
    writeFileSync(`${spareOutputDir}/${callId}`, '');
    return `${spareOutputDir}/${callId}`;
  }
}

/**
 * Takes a call from its journal to its outcome, wherever it stands: starts it where nobody did, watches it where it
 * runs, reads its end where it ended.
 */
export function takeUpBash(callId: string, journal: CallJournal, intent: BashIntent): RunningBash {
  const { command, outputPath, deadlineMs } = intent.bash;
  const output = outputFile(outputPath, `${journal.dir}/dropped`);
  const wake = bell();
  let child: ChildProcess | undefined;
  let childGone = false;

  const startAttempt = (attempt: number) => {
    child = spawn('/bin/sh', [callScript, journal.dir, String(attempt), outputPath, command], {
      cwd: workingDirectory(),
      env: { ...toolEnvironment(unattended), DECKHAND_CALL_ID: callId },
      detached: true,
      stdio: 'ignore',
    });
    childGone = false;
    const gone = () => {
      childGone = true;
      wake.ring();
    };
    child.once('exit', gone);
    child.once('error', gone);
    fault('after-spawn');
  };

  const outcome = async (): Promise<JournalOutcome> => {
    const done = (end: Parameters<typeof bashOutcome>[1]) => bashOutcome({ callId, intent, output }, end);
    const attempt = journal.attempt();
    if (journal.claim(attempt).by === 'nobody') {
      const stopped = journal.stopReason();
      // Ours before the wrapper's: it has not started and never will. Theirs: it runs, and is watched below.
      if (journal.tryClaim(attempt)) {
        if (stopped) return done({ how: 'never_started', why: stopped });
        startAttempt(attempt + 1);
      }
    }
    const current = journal.attempt();
    // We died while stopping it, perhaps by its own hand: it is not asked a second time.
    const stoppedBefore = journal.stopReason() !== undefined;
    while (true) {
      const woken = wake.listen();
      const code = journal.exitCode();
      if (code === 'none') return done({ how: 'never_started', why: 'no_process' });
      const reason = journal.stopReason();
      if (code !== undefined && !reason) return done({ how: 'exited', code });
      const claim = journal.claim(current);
      const pid = claim.by === 'wrapper' ? claim.pid : child?.pid;
      if (reason) {
        await endProcesses(() => processesOf(callId, pid), !stoppedBefore);
        return done({ how: 'killed', why: reason });
      }
      if (claim.by === 'wrapper' && !isAlive(claim.pid, claim.startTicks)) {
        // It may have left its last word between our two looks.
        if (journal.exitCode() !== undefined) continue;
        return {
          callId,
          status: 'unknown',
          reason: 'the command was killed from inside the sandbox; how far it got is not known',
        };
      }
      if (claim.by === 'nobody' && childGone && journal.tryClaim(current)) {
        return done({ how: 'never_started', why: 'no_process' });
      }
      if (deadlineMs !== null && monotonicMs() >= deadlineMs) {
        journal.writeStopReason('timed_out');
        continue;
      }
      void output.drop(false);
      await woken;
    }
  };

  const timer = setInterval(() => wake.ring(), pollMs);
  const watcher = watchOrNot(journal.dir, () => wake.ring());
  const deadline =
    deadlineMs === null
      ? undefined
      : setTimeout(() => wake.ring(), Math.max(0, deadlineMs - monotonicMs()) + 1);
  const result = outcome().then(async value => {
    fault('after-rc');
    await output.drop(true);
    journal.writeResult(value);
    return value;
  });
  const finish = () => {
    clearInterval(timer);
    clearTimeout(deadline);
    watcher?.close();
  };
  result.then(finish, finish);
  return {
    output,
    outcome: result,
    stop: reason => {
      journal.writeStopReason(reason);
      wake.ring();
    },
  };
}

function watchOrNot(dir: string, callback: () => void) {
  try {
    const watcher = watch(dir, callback);
    watcher.on('error', () => {});
    return watcher;
  } catch {
    return undefined;
  }
}
