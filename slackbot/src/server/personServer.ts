import type { CommandInput, CommandOutput, HttpCommand, OnBehalfOf, ThreadKey } from '@deckhand/shared';
import type { Client, ClientResult } from '@deckhand/shared/client';

/** Of the server's commands, those that people in Slack have. */
const offered = [
  'account.get',
  'account.link',
  'account.unlink',
  'approval.answer',
  'attempts.stop',
  'attempts.take',
  'budget.ask',
  'control.handBack',
  'image.list',
  'need.list',
  'prompt.cancel',
  'repo.choose',
  'repo.classify',
  'repo.list',
  'session.list',
  'session.rename',
  'session.view',
  'thread.bond',
  'thread.choose',
  'thread.drop',
  'thread.edit',
  'thread.open',
  'thread.park',
  'thread.retry',
  'thread.stop',
  'thread.withdraw',
  'turn.stop',
] as const satisfies readonly HttpCommand[];
type Offered = (typeof offered)[number];

/** What a command takes, with whoever it is done for: nobody in Slack is shown what the bot itself may see. */
export type ForPerson<N extends Offered> = Omit<CommandInput<N>, 'onBehalfOf'> & { onBehalfOf: OnBehalfOf };

/** The server as what people do in Slack reaches it: nothing is read, and nothing done, without a person. */
export type PersonServer = {
  readonly [N in Offered]: (input: ForPerson<N>) => Promise<ClientResult<CommandOutput<N>>>;
} & {
  uploadAttachment: Client['uploadAttachment'];
};

/** A thread and when somebody last wrote there: no word of what is in it. */
export type LateThread = { thread: ThreadKey; touchedAt: string };

export function personServer(client: Client): PersonServer {
  const commands = Object.fromEntries(
    offered.map(name => [name, client.http[name]]),
  ) as unknown as PersonServer;
  return { ...commands, uploadAttachment: client.uploadAttachment };
}

/** Threads that are open, those first where somebody wrote last: where to look for what was missed. */
export async function lateThreads(
  client: Client,
  { workspace, limit }: { workspace: string; limit: number },
): Promise<LateThread[]> {
  const listed = await client.http['thread.list']({ provider: 'slack', workspace, all: true, limit });
  if (!listed.ok) return [];
  return listed.threads
    .filter(({ state }) => state.closed === null)
    .map(({ thread, touchedAt }) => ({ thread, touchedAt }));
}
