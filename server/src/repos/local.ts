import type { RepoHost } from './host.ts';

/** Any git url or path: the change is a branch pushed back, looked at on the session's diff page. */
export const localHost = (publicUrl: () => string): RepoHost => ({
  gitEnv: async () => ({}),
  // A person named it on this machine, who reaches it by what is configured there.
  ownConfiguration: true,
  rejected: () => {},
  changeUrl: (_repo, { sessionId }) => `${publicUrl()}/sessions/${sessionId}/diff`,
});
