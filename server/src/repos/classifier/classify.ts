import type { Classified } from '@deckhand/shared';
import type { RepoConfig } from '../catalog.ts';
import { type Question, type Weighed, weigh } from './evidence.ts';
import { askFastModel, type FastModel } from './fastModel.ts';

/** Below this a person is asked. */
export const confidenceBar = 0.75;
/** Evidence this clear needs no model. */
const clear = 0.8;
/** An answer must be this far before the next, or it is a guess between two. */
const lead = 0.15;

/** A sandbox that nobody takes costs room for a few minutes. */
const worthWarming = 0.35;

const shownAlternatives = 8;

/**
 * Which of the candidates a message is about: names, links and hints first, the fast model where these do not tell.
 * Only candidates can be answered.
 */
export async function classify(
  question: Question,
  candidates: readonly RepoConfig[],
  { fast, onLikely = () => {} }: { fast: FastModel | null; onLikely?: (repoId: string) => void },
): Promise<Classified> {
  const weighed = weigh(question, candidates);
  const [first] = weighed;
  if (!first) return { repo: null, confidence: 0, by: 'none', alternatives: [] };
  if (candidates.length === 1)
    return answer({ ...first, weight: Math.max(first.weight, 0.9), by: 'only' }, []);
  if (isClear(weighed)) return answer(first, weighed.slice(1));
  // The model takes its time: what is likely by then is made ready, and is right more often than not.
  if (fast && first.weight >= worthWarming) onLikely(first.repo.id);
  const said = fast && (await askFastModel(fast, question, weighed));
  if (!said) return unsure(weighed);
  const rest = weighed.filter(({ repo }) => repo !== said.repo);
  const likely = said.alternatives.flatMap(repo => rest.find(each => each.repo === repo) ?? []);
  const ordered = [...likely, ...rest.filter(each => !likely.includes(each))];
  if (!said.repo || said.confidence < confidenceBar) return unsure(said.repo ? weighed : ordered);
  return answer({ repo: said.repo, weight: said.confidence, by: 'model' }, ordered);
}

function isClear([first, second]: readonly Weighed[]): boolean {
  if (!first || first.weight < clear) return false;
  return first.weight - (second?.weight ?? 0) >= lead;
}

const rounded = (weight: number) => Math.round(weight * 100) / 100;
const guesses = (weighed: readonly Weighed[]) =>
  weighed
    .slice(0, shownAlternatives)
    .map(({ repo, weight }) => ({ repo: repo.id, confidence: rounded(weight) }));

const answer = ({ repo, weight, by }: Weighed, others: readonly Weighed[]): Classified => ({
  repo: repo.id,
  confidence: rounded(weight),
  by,
  alternatives: guesses(others),
});

const unsure = (weighed: readonly Weighed[]): Classified => ({
  repo: null,
  confidence: rounded(weighed[0]?.weight ?? 0),
  by: weighed[0]?.by ?? 'none',
  alternatives: guesses(weighed),
});
