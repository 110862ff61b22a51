import { type Author, DeckhandError, type KnownAgent } from '@deckhand/shared';
import { buildInstructions } from '../agent/instructions.ts';
import { hasTool } from '../agent/worker.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import { startLog } from '../sandboxes/environments/start.ts';
import type { Context } from '../sessions/run/context.ts';
import { branchOf, type Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { AgentRegistry } from '../tasks/agents/registry.ts';
import { folderInstructionsFor } from './folderInstructions.ts';

type Known = {
  meta: Meta;
  repos: Repos;
  sandboxes: Sources;
  agent?: KnownAgent | undefined;
  /** Agents that it may delegate to; none where absent. */
  others?: () => Promise<readonly KnownAgent[]>;
};

/** The commit that a turn's work stands on, in the mirror of its repository. */
async function standingOn({ meta, repos }: Pick<Known, 'meta' | 'repos'>, signal: AbortSignal) {
  const repository = repos.mirror(meta.repo ?? '');
  const { baseSha } = meta;
  const base = baseSha ? ({ ok: true, sha: baseSha } as const) : await orAbort(repository.base(), signal);
  if (!base.ok) throw new DeckhandError(base.code, base.message);
  return { repository, sha: base.sha };
}

/** What the model is told of where it works, at first and on its way: from the mirror and the records of images. */
export function turnInstructions(known: Known, signal: AbortSignal) {
  return {
    instructions: () => ofRepository(known, signal),
    /** Of folders that the newest answer worked in. */
    folderInstructions: (context: Context) => folderInstructionsFor(context, () => standingOn(known, signal)),
  };
}

async function ofRepository(
  { meta, repos, sandboxes, agent, others }: Known,
  signal: AbortSignal,
): Promise<string> {
  const mayDelegate = agent === undefined || hasTool(agent, 'delegate');
  const delegatees = mayDelegate ? others?.() : undefined;
  // Awaited last: what fails before ends the turn.
  delegatees?.catch(() => {});
  const { repository: mirror, sha } = await standingOn({ meta, repos }, signal);
  const facts = await mirror.facts(sha);
  const absent = new Set([
    ...mirror.lacks.at(sha).map(({ path }) => path),
    ...facts.submodules.flatMap(({ path, url }) => (mirror.beside(url) ? [] : [path])),
  ]);
  const { good, last, logEnd } = await sandboxes.sandboxes.images.get(mirror.repo.id);
  return buildInstructions({
    repoId: mirror.repo.id,
    ...(agent ? { agent } : {}),
    others: (await delegatees) ?? [],
    branch: branchOf(meta).name,
    base: (await mirror.knownBase())?.branch ?? mirror.repo.baseBranch ?? null,
    facts,
    isReached: path => !absent.has(path),
    pointers: mirror.lfs.lacks.at(meta.refSha || sha),
    environment: good && { ...good.environment, lacks: good.lacks },
    imageFailure: last?.state === 'failed' ? { message: last.message ?? '', logEnd: logEnd ?? '' } : null,
    logOf: startLog,
  });
}

/** Agents that somebody's turn on a session may delegate to. */
export const agentsFor =
  ({ agents, store }: { agents: AgentRegistry; store: Store }, { orgId, repo }: Meta, { userId }: Author) =>
  async (): Promise<readonly KnownAgent[]> =>
    (await agents.of(store, { orgId, userId, repoId: repo })).agents;
