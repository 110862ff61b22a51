import type { Store } from '../sessions/store.ts';
import { settingsChannel } from './keptApp.ts';

/** Hears what any server of this installation says of new settings. The connection is for this alone. */
export async function listenForSettings(subscriber: Store, onChanged: () => void): Promise<void> {
  subscriber.on('message', (channel: string) => {
    if (channel === settingsChannel) onChanged();
  });
  await subscriber.subscribe(settingsChannel);
}
