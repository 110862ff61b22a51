import type { OnBehalfOf } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { BotConfig } from './config.ts';
import type { Relays } from './relay/relays.ts';
import type { LateThread, PersonServer } from './server/personServer.ts';
import type { Directory, SlackUser } from './slack/directory.ts';
import type { Self } from './slack/self.ts';
import type { Slack } from './slack/slack.ts';
import type { ThreadOrder } from './ways/threadOrder.ts';
import type { Unclaimed } from './ways/unclaimed.ts';

/** What every way in works with. */
export type Bot = {
  config: BotConfig;
  self: Self;
  slack: Slack;
  server: PersonServer;
  /** Where something may have been written while no bot listened. */
  lateThreads: (limit: number) => Promise<LateThread[]>;
  directory: Directory;
  /** Where people open sessions. */
  pageUrl: string;
  relays: Relays;
  /** Messages of a thread wait for each other. */
  threadOrder: ThreadOrder;
  unclaimed: Unclaimed;
  /** Aborted when the bot ends. */
  closed: AbortSignal;
  log: Logger;
};

/** In whose name the server acts. */
export const behalfOf = (self: Self, person: Pick<SlackUser, 'id' | 'name'>): OnBehalfOf => ({
  provider: 'slack',
  id: `${self.team}/${person.id}`,
  name: person.name.slice(0, 200),
});
