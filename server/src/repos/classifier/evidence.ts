import type { ClassifiedBy, Place } from '@deckhand/shared';
import type { RepoConfig } from '../catalog.ts';
import { misspeltIn, type Names, namedIn, namesOf } from './names.ts';
import { isTelling, stem, wordsOf } from './words.ts';

export type Question = {
  text: string;
  /** What was said before in the thread, oldest first. */
  thread: readonly string[];
  channel?: Place | undefined;
  url?: string | undefined;
  /** What was chosen in that channel before, newest first. */
  hints: readonly string[];
  /** What the asker used of late, newest first. */
  recent: readonly string[];
};

/** How likely one repository is, and what says so most. */
export type Weighed = { repo: RepoConfig; weight: number; by: ClassifiedBy };

type Evidence = { by: ClassifiedBy; weight: number; repos: readonly RepoConfig[] };

/**
 * Weighs the candidates without a model. A kind of evidence that points at several splits its weight: what several share
 * tells them not apart, and is asked about.
 */
export function weigh(question: Question, candidates: readonly RepoConfig[]): Weighed[] {
  const all = candidates.map(namesOf);
  const { named, leftOut } = namedIn(question.text, all);
  const open = candidates.filter(repo => !leftOut.includes(repo));
  const evidence = evidenceOf(question, { named, open, all });
  return open
    .map(repo => ({ repo, ...strongest(evidence, repo) }))
    .toSorted((a, b) => b.weight - a.weight || candidates.indexOf(a.repo) - candidates.indexOf(b.repo));
}

function evidenceOf(
  question: Question,
  { named, open, all }: { named: readonly RepoConfig[]; open: readonly RepoConfig[]; all: readonly Names[] },
): Evidence[] {
  const { text, thread, channel, url, hints, recent } = question;
  const among = (repos: readonly RepoConfig[]) => repos.filter(repo => open.includes(repo));
  const byId = (ids: readonly string[]) => ids.flatMap(id => open.find(repo => repo.id === id) ?? []);
  const saidBefore = thread.toReversed().find(said => namedIn(said, all).named.length > 0) ?? '';
  const place = `${channel?.name ?? ''} ${channel?.topic ?? ''}`;
  return [
    { by: 'named', weight: 0.97, repos: among(named) },
    { by: 'page', weight: 0.95, repos: open.filter(repo => isPageOf(repo, [text, url ?? ''])) },
    { by: 'typo', weight: 0.86, repos: named.length > 0 ? [] : among(misspeltIn(text, all)) },
    { by: 'thread', weight: 0.88, repos: among(namedIn(saidBefore, all).named) },
    { by: 'channel', weight: 0.9, repos: open.filter(repo => isLinked(repo, channel)) },
    { by: 'channel', weight: 0.82, repos: among(namedIn(place, all).named) },
    { by: 'hint', weight: 0.84, repos: byId(hints.slice(0, 1)) },
    ...wordEvidence([text, ...thread.slice(-5)].join(' '), open),
    { by: 'recent', weight: 0.35, repos: byId(recent.slice(0, 1)) },
  ];
}

const isLinked = (repo: RepoConfig, channel: Place | undefined) =>
  channel !== undefined &&
  repo.channels.some(link => {
    const wanted = link.replace(/^#/, '').toLowerCase();
    return wanted === channel.name?.toLowerCase() || wanted === channel.id?.split('/').at(-1)?.toLowerCase();
  });

const isPageOf = (repo: RepoConfig, texts: readonly string[]) =>
  repo.pages.some(page => {
    const wanted = page
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/s, '')
      .toLowerCase();
    return texts.some(text => hostsIn(text).includes(wanted));
  });

const hostsIn = (text: string) =>
  [...text.toLowerCase().matchAll(/https?:\/\/([\w.-]+)/g)].map(match => match[1] ?? '');

/** Words that a description shares with the text; a word that several descriptions have tells little. */
function wordEvidence(text: string, open: readonly RepoConfig[]): Evidence[] {
  const said = new Set(wordsOf(text).filter(isTelling).map(stem));
  const described = open.map(
    repo => new Set(wordsOf(`${repo.description} ${repo.id}`).filter(isTelling).map(stem)),
  );
  const scores = described.map(words => {
    const shared = [...words].filter(word => said.has(word));
    return shared.reduce((sum, word) => sum + 1 / described.filter(other => other.has(word)).length, 0);
  });
  const best = Math.max(0, ...scores);
  if (best === 0) return [];
  return open.map((repo, i) => ({
    by: 'words' as const,
    // Two words that nobody else's description has make it likely; one alone is a reason to ask.
    weight: ((scores[i] ?? 0) / best) * Math.min(0.8, 0.3 + 0.25 * best),
    repos: [repo],
  }));
}

/**
 * The strongest evidence for a repository, moved up a little by each other kind that agrees, and down by what points
 * clearly elsewhere.
 */
function strongest(evidence: readonly Evidence[], repo: RepoConfig): { weight: number; by: ClassifiedBy } {
  const mine = evidence
    .filter(({ repos }) => repos.includes(repo))
    .map(({ by, weight, repos }) => ({ by, weight: weight / repos.length ** 0.75 }))
    .toSorted((a, b) => b.weight - a.weight);
  const [first, ...others] = mine;
  if (!first) return { by: 'none', weight: 0 };
  const doubt = others.reduce((left, { weight }) => left * (1 - weight / 2), 1 - first.weight);
  const against = evidence
    .filter(({ repos, by }) => repos.length === 1 && !repos.includes(repo) && by !== 'recent')
    .reduce((most, { weight }) => Math.max(most, weight), 0);
  const isNamed = first.by === 'named' && first.weight > 0.9;
  return { by: first.by, weight: isNamed ? first.weight : (1 - doubt) * (1 - against / 2) };
}
