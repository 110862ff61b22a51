import { readdirSync, rmSync, statSync } from 'node:fs';
import { callJournal } from './journal.ts';
import { journalDir } from './places.ts';

/** Whole outputs kept on the disk, 1 MiB each at most; a result keeps its own 16 KiB of it for longer. */
const keptOutputs = 256;
/** Results kept in memory, some 20 KiB each. */
const keptResults = 1024;
/** How often it is worth looking. */
const everyCalls = 64;

/** Forgets old calls, but never that they were: a pruned call asked for again is unknown, not new. */
export function pruner() {
  let ended = 0;
  return {
    callEnded: () => {
      if (++ended % everyCalls === 0) prune();
    },
  };
}

function prune(): void {
  const newestFirst = readdirSync(journalDir)
    .map(callId => ({ callId, endedMs: endedMs(callId) }))
    .filter(({ endedMs }) => endedMs !== undefined)
    .sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0));
  for (const { callId } of newestFirst.slice(keptOutputs)) {
    const path = callJournal(callId).intent()?.bash?.outputPath;
    if (path) rmSync(path, { force: true });
  }
  for (const { callId } of newestFirst.slice(keptResults)) {
    const journal = callJournal(callId);
    journal.writeResult({ callId, status: 'unknown', reason: 'it ended too long ago' });
    for (const name of readdirSync(journal.dir)) if (name !== 'result.json') rmSync(`${journal.dir}/${name}`);
  }
}

/** Undefined: it runs, or its end is not noted yet. */
const endedMs = (callId: string): number | undefined =>
  statSync(`${journalDir}/${callId}/result.json`, { throwIfNoEntry: false })?.mtimeMs;
