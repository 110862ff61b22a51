import { ChangedFiles } from './changedFiles.ts';
import { cutWork, deliver } from './deliver.ts';
import { editFile } from './editFile.ts';
import { restoreBundle } from './savedWork.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, DeliveryDeps, OpenDelivery } from './types.ts';

/** Delivery as turns know it. */
export const openDelivery =
  (shared: DeliveryDeps): OpenDelivery =>
  (writer, { turnId, hold, mayPush }) => {
    const files = new ChangedFiles(writer, turnId);
    const halt = AbortSignal.any([hold.interrupt, hold.abandon]);
    const deps: DeliverDeps = { ...shared, writer, hold, halt, files, mayPush };
    return {
      async takeIn(hands, run) {
        try {
          return await takeInOthers(deps, hands, run);
        } catch (error) {
          hold.abandon.throwIfAborted();
          // It is taken in with the next turn, or before this one's work leaves.
          if (hold.interrupt.aborted) return { ok: true };
          throw error;
        }
      },
      async deliver(hands, work) {
        await files.settled();
        return deliver(deps, hands, work);
      },
      async cut(hands, work) {
        await files.settled();
        return cutWork(deps, hands, work);
      },
      edit: (hands, edit) => editFile(deps, hands, edit),
      restore: saved => restoreBundle(shared, saved),
      lookAtFiles: hands => files.look(hands),
    };
  };
