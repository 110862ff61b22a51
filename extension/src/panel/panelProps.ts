import type { Me } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import type { Settings } from '../settings.ts';
import type { usePage } from './pages/usePage.ts';
import type { usePicking } from './picking/usePicking.ts';
import type { Picks } from './picking/usePicks.ts';

/** What the panel works with once somebody is signed in. */
export type SignedInProps = {
  client: Client;
  settings: Settings;
  picks: Picks;
  notice: string | null;
  onNotice: (text: string | null) => void;
};

/** The same, and what is picked and looked at, for each view of the panel. */
export type SharedProps = SignedInProps & {
  me: Me | null;
  page: ReturnType<typeof usePage>;
  picking: ReturnType<typeof usePicking>;
  onOpen: (sessionId: string | null) => void;
};
