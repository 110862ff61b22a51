import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import type { Store } from '../../sessions/store/store.ts';
import { readHead } from './log.ts';
import { takeOutboxes } from './outbox.ts';
import { AuditRecorder } from './recorder.ts';
import { sealParts } from './seal.ts';

export type AuditDeps = {
  /** Answers quickly or not at all: where Redis is away a command is refused rather than done without its entry. */
  doorStore: Store;
  store: Store;
  /** Of this installation. */
  secret: string;
  /** False: Redis and the blob store may not belong together, so nothing leaves Redis. */
  seals: boolean;
  clock: () => number;
  log: Logger;
};

export type AuditServices = {
  /** Of what comes through doors, and of what goes on behind. */
  audit: AuditRecorder;
  workAudit: AuditRecorder;
  close(): Promise<void>;
};

const sealEveryMs = 60_000;
const takeEveryMs = 1_000;

/**
 * The audit log, and what keeps it: what sessions noted of themselves comes in, older entries go to files. The end of the
 * chain is written to the server's own log with each file: kept elsewhere, it shows later whether anything before it was
 * cut off.
 */
export function openAudit({ doorStore, store, secret, seals, clock, log }: AuditDeps): AuditServices {
  const audit = new AuditRecorder({ redis: doorStore, secret, clock });
  const workAudit = new AuditRecorder({ redis: store, secret, clock });
  const seal = async () => {
    for (const { to, hash } of await sealParts(store, store.archives.blobs))
      log.info({ anchor: `${to}:${hash}` }, 'entries of the audit log were sealed');
    const { seq, hash } = await readHead(store);
    log.debug({ anchor: `${seq}:${hash}` }, 'the end of the audit log');
  };
  const sealing = every(
    sealEveryMs,
    async () => seals && seal(),
    error => log.warn({ err: error }, 'older entries of the audit log stay in Redis for now'),
  );
  const taking = every(
    takeEveryMs,
    () => takeOutboxes(store, workAudit),
    error => log.warn({ err: error }, 'what sessions noted is not in the audit log yet'),
  );
  void sealing.now();
  return {
    audit,
    workAudit,
    async close() {
      await Promise.all([sealing.stop(), taking.stop()]);
    },
  };
}
