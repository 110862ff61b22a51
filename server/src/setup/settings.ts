import type { AllowLists } from '../identity/admission.ts';
import type { Store } from '../sessions/store/store.ts';
import { settingsChannel } from './keptApp.ts';

/** Hears what any server of this installation says of new settings. The connection is for this alone. */
export async function listenForSettings(subscriber: Store, onChanged: () => void): Promise<void> {
  subscriber.on('message', (channel: string) => {
    if (channel === settingsChannel) onChanged();
  });
  await subscriber.subscribe(settingsChannel);
}

/** Of the configuration, what the set-up with GitHub goes by. */
export type GithubSettings = {
  GITHUB_APP_ID?: string | undefined;
  GITHUB_URL: string;
  GITHUB_API_URL: string;
  GITHUB_WEBHOOK_SECRET?: string | undefined;
  DECKHAND_ALLOW_WORKFLOWS: boolean;
  /** Null: nobody signs in with GitHub. */
  signIn: { clientId: string; allow: AllowLists } | null;
};
