import { createClient, type OutboxStorage } from '@deckhand/shared/client';

const key = 'deckhand.outbox';
const storage: OutboxStorage = {
  load: () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be forbidden; then an unsent prompt lives as long as the page
    }
  },
  save: text => {
    try {
      localStorage.setItem(key, text);
    } catch {
      // Full or forbidden: as above.
    }
  },
};

/** One for the page. It signs in by the session cookie, which scripts cannot read. */
export const client = createClient({ url: '', storage });
