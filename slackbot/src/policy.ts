import type { Policy } from './config.ts';
import type { Bot } from './deps.ts';
import type { ChannelInfo, SlackUser } from './slack/directory.ts';

/** Why somebody is refused; `silent`: without a word. */
export type Refusal = { silent: true } | { silent: false; text: string };

/** Who may ask: people of this workspace. Bots are not answered, or two of them would never end. */
export function refusesPerson(policy: Policy, person: SlackUser | null): Refusal | null {
  if (!person)
    return { silent: false, text: 'Slack does not tell me who you are right now. Try again in a moment.' };
  switch (person.kind) {
    case 'bot':
    case 'gone':
      return { silent: true };
    case 'stranger':
      return {
        silent: false,
        text: 'Deckhand takes requests only from people of the workspace that it belongs to.',
      };
    case 'guest':
      return policy.guests
        ? null
        : {
            silent: false,
            text: 'Deckhand does not take requests from guests here. Ask a member of the workspace.',
          };
    case 'member':
      return null;
  }
}

export function refusesChannel(
  policy: Policy,
  channel: ChannelInfo | null,
  isDirect: boolean,
): Refusal | null {
  if (policy.channels === null || isDirect) return null;
  const names = [channel?.name.toLowerCase(), channel?.id.toLowerCase()];
  if (names.some(name => name !== undefined && policy.channels?.includes(name))) return null;
  const shown = policy.channels.slice(0, 5).map(name => `#${name}`);
  return { silent: false, text: `Deckhand may not be used in this channel. Ask in ${shown.join(', ')}.` };
}

/** Names of the repositories that may be used, in lower case; undefined is no limit. */
export function reposFor({ config }: Pick<Bot, 'config'>, isLinked: boolean): string[] | undefined {
  const { repos, unlinkedRepos } = config.policy;
  const limit = isLinked ? null : unlinkedRepos;
  if (repos === null) return limit === null ? undefined : [...limit];
  return repos.filter(id => limit === null || limit.includes(id));
}

export const isAmong = (among: readonly string[] | undefined, repo: string) =>
  among === undefined || among.includes(repo.toLowerCase());
