import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandInput, EventDataOf } from '@deckhand/shared';
import { bash, done } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from './githubStack.ts';
import { person, type SignedIn } from './person.ts';
import { inside } from './sandbox.ts';
import type { Watch } from './watch.ts';

const rules = `rules:
  - {scopes: shell:write, match: 'touch free*', do: allow}
  - {scopes: shell:write, match: '*never*', do: refuse, why: Nothing is called never here.}
  - {scopes: shell:write, match: 'touch admin*', do: ask, who: admin}
  - {scopes: shell:write, match: 'touch other*', do: ask, who: other}
  - {scopes: shell:write, match: '*ask*', do: ask, why: Files called ask are looked at.}
  - {scopes: push, repos: guarded, do: ask, who: other, why: A second person looks at each push.}
risk: {ask: 70}
`;

/** A server with a policy, and three people of one organisation: an admin and two members. */
export type ApprovalStack = {
  stack: GithubStack;
  ana: SignedIn;
  ben: SignedIn;
  cyd: SignedIn;
  /** Of the policy's file and others. */
  folder: string;
  /** Writes the policy, with more at its end. */
  policy(more?: string): void;
  /** A session of somebody's in which a command waits for a yes. */
  waiting(
    who: SignedIn,
    marker: string,
    command: string,
  ): Promise<{ session: Watch; approval: EventDataOf<'approval.requested'>; approvalId: string }>;
  dispose(): Promise<void>;
};

export async function openApprovals(): Promise<ApprovalStack> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-policy-'));
  const file = join(folder, 'policy.yaml');
  const policy = (more = '') => writeFileSync(file, rules + more);
  policy();
  const stack = await openGithubStack(['shop', 'guarded'], {
    DECKHAND_POLICY: file,
    DECKHAND_ADMINS: 'ana',
    DECKHAND_ACCESS_MS: '1000',
  });
  const { github, server } = stack;
  for (const login of ['ana', 'ben', 'cyd'])
    github.person(login, { orgs: ['acme'], access: { 'acme/shop': 'write', 'acme/guarded': 'write' } });
  const ana = await person(server, github, 'ana');
  const ben = await person(server, github, 'ben');
  const cyd = await person(server, github, 'cyd');
  return {
    ...{ stack, ana, ben, cyd, folder, policy },
    async waiting(who, marker, command) {
      stack.model.script(marker, [{ calls: [bash(command)] }, done(`Did ${marker}.`)]);
      const session = await who.ask(`Do it #${marker}`, 'shop');
      const { data } = await session.event('approval.requested');
      return { session, approval: data, approvalId: data.approvalId };
    },
    async dispose() {
      for (const who of [ana, ben, cyd]) who.close();
      await stack.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Answer = Partial<CommandInput<'approval.answer'>>;
export const answer = (who: SignedIn, { sessionId }: Watch, approvalId: string, more: Answer = {}) =>
  who.client.http['approval.answer']({ sessionId, approvalId, approve: true, ...more });
export const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data);
export const files = (session: Watch) => inside(session.sessionId, 'cd /work/repo && ls');
