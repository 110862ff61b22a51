import { existsSync, lstatSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { callJournal } from './journal.ts';
import { journalDir, outputDir, spareOutputDir } from './places.ts';

/** Whole outputs kept, 1 MiB each at most; a result keeps its own 16 KiB of it for longer. */
const keptOutputs = 256;
/** Results kept in memory, some 20 KiB each. */
const keptResults = 1024;
/** With less of their memory free the oldest outputs go, whatever their number. */
const leastFreeShare = 0.5;
/** How often it is worth looking. */
const everyCalls = 64;

/** Forgets old calls, but never that they were: a pruned call asked for again is unknown, not new. */
export function pruner() {
  let ended = 0;
  return {
    callEnded: () => {
      if (++ended % everyCalls === 0 || isTight()) prune();
    },
  };
}

function prune(): void {
  const newestFirst = readdirSync(journalDir)
    .map(callId => ({ callId, endedMs: endedMs(callId) }))
    .filter(({ endedMs }) => endedMs !== undefined)
    .sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0));
  const forgetOutput = ({ callId }: { callId: string }) => {
    const path = callJournal(callId).intent()?.bash?.outputPath;
    if (path) rmSync(path, { force: true });
  };
  newestFirst.slice(keptOutputs).forEach(forgetOutput);
  // The newest may still be asked for as a whole.
  for (const oldest of newestFirst.slice(1, keptOutputs).reverse()) {
    if (!isTight()) break;
    forgetOutput(oldest);
  }
  for (const { callId } of newestFirst.slice(keptResults)) {
    const journal = callJournal(callId);
    journal.writeResult({ callId, status: 'unknown', reason: 'it ended too long ago' });
    for (const name of readdirSync(journal.dir)) if (name !== 'result.json') rmSync(`${journal.dir}/${name}`);
  }
}

/** Outputs on the disk outlive the sandbox whose calls they were of: those are known to nobody any more. */
export function forgetOrphans(): void {
  try {
    // Commands can write there, too: what is not as we made it is left alone, and keeps nobody from starting.
    if (!lstatSync(spareOutputDir).isDirectory()) return;
    for (const entry of readdirSync(spareOutputDir, { withFileTypes: true }))
      if (entry.isFile() && !existsSync(`${journalDir}/${entry.name}`))
        rmSync(`${spareOutputDir}/${entry.name}`, { force: true });
  } catch {}
}

function isTight(): boolean {
  const { bavail, blocks } = statfsSync(outputDir);
  return bavail < blocks * leastFreeShare;
}

/** Undefined: it runs, or its end is not noted yet. */
const endedMs = (callId: string): number | undefined =>
  statSync(`${journalDir}/${callId}/result.json`, { throwIfNoEntry: false })?.mtimeMs;
