import { distance } from 'fastest-levenshtein';
import type { RepoConfig } from '../catalog.ts';
import { isTelling, placesOf, wordsOf } from './words.ts';

/** What a repository may be called, each as its words. A name that several have tells nothing by itself. */
export type Names = { repo: RepoConfig; names: string[][] };

const pathOf = (url: string) =>
  url
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .slice(-2);

export function namesOf(repo: RepoConfig): Names {
  const [owner = '', name = ''] = pathOf(repo.url);
  const said = [repo.id, ...repo.aliases, `${owner}/${name}`, name];
  const names = said.map(wordsOf).filter(words => words.length > 0);
  return { repo, names: uniqueBy(names, words => words.join(' ')) };
}

const uniqueBy = <T>(all: T[], keyOf: (each: T) => string) =>
  all.filter((each, i) => all.findIndex(other => keyOf(other) === keyOf(each)) === i);

/** "not the shop", "instead of billing": a repository that is named to be left out. */
const leavesOut = (words: readonly string[], at: number) => {
  const before = words.slice(Math.max(0, at - 3), at).join(' ');
  return /(^| )(not|nicht|pas|non|no|without|except)( (in|the|im|dem|der|le|la|el|for|on))*$|instead of( the)?$|rather than( the)?$/.test(
    before,
  );
};

export type Named = { named: RepoConfig[]; leftOut: RepoConfig[] };

/**
 * The repositories that a text calls by name. A longer name that covers a shorter one counts alone: `shop mobile` is not
 * `shop`.
 */
export function namedIn(text: string, all: readonly Names[]): Named {
  const words = wordsOf(text);
  const spans = all.flatMap(({ repo, names }) =>
    names
      // One common word is a name only where nothing else could be meant by it.
      .filter(name => name.length > 1 || isTelling(name[0] ?? ''))
      .flatMap(name => placesOf(words, name).map(at => ({ repo, at, length: name.length }))),
  );
  const covered = (span: (typeof spans)[number]) =>
    spans.some(
      other =>
        other.length > span.length && other.at <= span.at && other.at + other.length >= span.at + span.length,
    );
  const own = spans.filter(span => !covered(span));
  const out = own.filter(({ at }) => leavesOut(words, at)).map(({ repo }) => repo);
  const named = own.filter(({ at }) => !leavesOut(words, at)).map(({ repo }) => repo);
  return { named: unique(named), leftOut: unique(out).filter(repo => !named.includes(repo)) };
}

/** Those that a text nearly calls by name: one slip in five letters, two in nine. */
export function misspeltIn(text: string, all: readonly Names[]): RepoConfig[] {
  const words = wordsOf(text).filter(word => word.length >= 5 && isTelling(word));
  const isNear = (name: string) =>
    words.some(word => {
      const slips = distance(word, name);
      return slips > 0 && slips <= (name.length >= 9 ? 2 : 1) && word[0] === name[0];
    });
  const joined = (name: string[]) => [name.join(''), ...(name.length === 1 ? name : [])];
  return all
    .filter(({ names }) => names.some(name => joined(name).some(each => each.length >= 5 && isNear(each))))
    .map(({ repo }) => repo);
}

const unique = <T>(all: readonly T[]): T[] => [...new Set(all)];
