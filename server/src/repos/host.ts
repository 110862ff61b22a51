import type { GitEnv } from '../platform/git.ts';
import type { RepoConfig } from './catalog.ts';

/** Where a repository lives and where its changes go. */
export interface RepoHost {
  /** What git needs to read from and push to this repository. */
  gitEnv(repo: RepoConfig, access: 'read' | 'write'): Promise<GitEnv>;
  /** Whether the git configuration of the user that the server runs as helps to reach it. */
  readonly ownConfiguration: boolean;
  /** What `gitEnv` gave was not taken: the next one is new. */
  rejected(repo: RepoConfig): void;
  /** Where people look at a pushed branch. */
  changeUrl(repo: RepoConfig, change: { sessionId: string; branch: string; base: string }): string;
}
