import { folderInstructions } from '../agent/agentsFile.ts';
import { foldersOf, workedAt } from '../agent/workedAt.ts';
import type { BareRepository } from '../repos/bareRepository.ts';
import type { Context } from '../sessions/run/context.ts';

/** More than that at once would be no help; the rest is given with the next step there. */
const mostAtOnce = 10;

/**
 * What folders of the repository say to agents, of those that the newest answer worked in and the model does not read
 * of yet, outermost first. What was given stands in the context, word for word: that is how it is known, so that it is
 * given once, again when a summary took its place or a rewind took it back, and again when it has changed.
 */
export async function folderInstructionsFor(
  { entries }: Pick<Context, 'entries'>,
  standing: () => Promise<{ repository: Pick<BareRepository, 'facts' | 'folderAgents'>; sha: string }>,
): Promise<string[]> {
  const worked = workedAt(entries.map(({ message }) => message));
  if (worked.paths.length + worked.words.length === 0) return [];
  const { repository, sha } = await standing();
  const { agents, speaking } = await repository.facts(sha);
  if (speaking.length === 0) return [];
  const known = new Set(speaking);
  const named = worked.words.filter(word => foldersOf(word).some(folder => known.has(folder)));
  const folders = new Set([...worked.paths, ...named].flatMap(foldersOf));
  const said = await Promise.all([...folders].map(folder => repository.folderAgents.at(sha, folder)));
  const given = new Set(entries.map(({ message }) => message.content));
  return said
    .flatMap(file => (file && file.text !== agents?.text ? [file] : []))
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length || (a.path < b.path ? -1 : 1))
    .map(file => folderInstructions(file).toWellFormed())
    .filter(text => !given.has(text))
    .slice(0, mostAtOnce);
}
