const dayMs = 24 * 3_600_000;

/**
 * What is kept in the blob store, and for how long; README shows it as a table, and a test compares the two. Everything
 * that goes is first moved to `trash/`, and rests there. Nothing goes where Redis and the blob store are not known to
 * belong together. What is not named here stays.
 */
export const retention = {
  unsentAttachments: {
    what: 'Attachments that no prompt was sent with',
    keptMs: 30 * dayMs,
    since: 'they were uploaded',
    sweeper: 'sweepAttachments.ts',
  },
  archivedSessions: {
    what: 'Attachments, artifacts and saved work of archived sessions, once all their forks are archived as long',
    keptMs: 90 * dayMs,
    since: 'the last thing that happened in the session',
    sweeper: 'retireSessions.ts',
  },
  oldBundles: {
    what: 'Saved work that no turn of its session ended with',
    keptMs: 7 * dayMs,
    since: 'it was saved',
    sweeper: 'sweepBundles.ts',
  },
  trash: {
    what: '`trash/`: what was swept, archives too',
    keptMs: 7 * dayMs,
    since: 'it was swept',
    sweeper: '../archive/sweep.ts',
  },
} as const;

export const trashOf = (key: string) => `trash/${key}`;
