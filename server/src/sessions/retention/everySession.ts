import { orgKeys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

const pageCount = 200;

/** Also those that left Redis. */
export async function* everySession(store: Store, orgIds: readonly string[]): AsyncIterable<string> {
  for (const orgId of orgIds)
    for (let from = 0; ; from += pageCount) {
      const page = await store.zrange(orgKeys.sessions(orgId), String(from), String(from + pageCount - 1));
      yield* page;
      if (page.length < pageCount) break;
    }
}
