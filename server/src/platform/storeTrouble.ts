/** What Redis says when it is there and takes nothing in; each a reply's first word. */
const refusals: readonly [word: string, sentence: string][] = [
  ['OOM', 'Redis is full: give it more memory (maxmemory), or archive sessions.'],
  ['MISCONF', 'Redis cannot write to its disk: make room there.'],
  ['LOADING', 'Redis is still starting.'],
  ['READONLY', 'Redis takes no writes at the moment: it is a replica.'],
  ['MASTERDOWN', 'Redis takes no writes at the moment: its master is away.'],
  ['CLUSTERDOWN', 'Redis takes no writes at the moment: part of its cluster is away.'],
  ['NOREPLICAS', 'Redis takes no writes at the moment: it lacks replicas.'],
];

/** Why the store could not do what it was asked for, in a sentence; null where the error is not the store's state. */
export function storeTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { message, name } = error;
  const away =
    /Command timed out|Connection is closed|Stream isn't writeable/.test(message) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '') ||
    name === 'MaxRetriesPerRequestError';
  if (away) return 'Redis does not answer.';
  if (name !== 'ReplyError') return null;
  // Of a script it may say where it stood before it says why.
  const refusal = refusals.find(([word]) => new RegExp(`(^|[ -])${word} `).test(message));
  return refusal?.[1] ?? null;
}
