import type { RepoConfig } from './catalog.ts';
import type { GitEnv } from './git.ts';

/** Where a repository lives and where its changes go. */
export interface RepoHost {
  /** What git needs to read from and push to this repository, minted for one use. */
  gitEnv(repo: RepoConfig, access: 'read' | 'write'): Promise<GitEnv>;
  /** Where people look at a pushed branch. */
  changeUrl(repo: RepoConfig, change: { sessionId: string; branch: string; base: string }): string;
}
