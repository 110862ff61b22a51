/** All of the audit log is one slot of a cluster. */
export const auditKeys = {
  /** hash: `seq` and `hash` of the newest entry */
  head: 'dh:{audit}:head',
  /** stream: ids 1-0, 2-0 …; the entries that are not sealed yet, JSON */
  hot: 'dh:{audit}:hot',
  /** list of SealedPart, JSON, oldest first */
  parts: 'dh:{audit}:parts',
  /** hash: pseudonym -> Named, JSON */
  names: 'dh:{audit}:names',
  /** hash: sessionId -> id of the newest entry that was taken out of its outbox */
  taken: 'dh:{audit}:taken',
} as const;
