import type { Client } from '@deckhand/shared/client';
import type { View } from '@deckhand/shared/view';
import type { Logger } from 'pino';
import type { Shown } from '../render/live.ts';
import type { Directory } from '../slack/directory.ts';
import type { Self } from '../slack/self.ts';
import type { Slack } from '../slack/slack.ts';
import type { AgentSession } from './agentSession.ts';
import type { Hold } from './hold.ts';
import type { Live, LiveDeps, Offers } from './live.ts';
import type { Poster } from './poster.ts';

export type RelayDeps = {
  client: Client;
  /** Of its own, for what is followed: a connection carries only so many sessions. */
  follows: Client;
  slack: Slack;
  directory: Directory;
  offers: Offers;
  self: Self;
  server: { url: string; token: string };
  /** Where people open sessions. */
  pageUrl: string;
  log: Logger;
};

/** A thread that is shown from here, as what writes in it needs it. */
export type RelayedThread = {
  readonly hold: Hold;
  readonly deps: RelayDeps;
  readonly poster: Poster;
  readonly liveDeps: LiveDeps;
  readonly agentSession: AgentSession;
  readonly sessionId: string;
  readonly view: View | null;
  live: Live | null;
  /** Messages of turns that ended, which do not say so yet. */
  trailing: Live[];
  /** The turn that runs at the event that is looked at. */
  running: string | null;
  /** The turn whose end is being told: until that is written down, whoever takes over needs its message. */
  telling: string | null;
  /** Writes down whose messages are to be settled, for whoever takes over. */
  noteLives(): Promise<void>;
  shown(turnId: string): Shown;
  stop(): void;
  /** Slack did not take something: throws where the thread is gone. */
  refused(error: string): void;
};
