import type { Signature } from '../../sessions/store/meta.ts';
import { type NewCommit, short } from './newCommits.ts';

const mostShown = 5;

/**
 * Why commits may not leave for the names that they carry: author, committer and whom their trailers name must be
 * people of the session. Null: all are. Commits of others that the host has are not asked about.
 */
export function strangersIn(commits: readonly NewCommit[], people: readonly Signature[]): string | null {
  const known = new Set(people.map(keyOf));
  const addresses = new Set(people.map(({ email }) => addressOf(email)));
  const found = commits.flatMap(({ sha, author, committer, message }) => [
    ...[author, committer]
      .filter(person => !known.has(keyOf(person)))
      .map(person => `commit ${short(sha)} is in the name of ${shown(person)}`),
    ...[...message.matchAll(trailer)]
      .flatMap(([, what = '', whom = '']) => peopleIn(whom).map(person => ({ what, ...person })))
      .filter(({ email }) => !addresses.has(addressOf(email)))
      .map(({ what, ...person }) => `commit ${short(sha)} says ${what}: ${shown(person)}`),
  ]);
  if (found.length === 0) return null;
  const said = [...new Set(found)];
  const more = said.length > mostShown ? ` and ${said.length - mostShown} more` : '';
  return `Only people of this session may be named as who made a commit, and ${said.slice(0, mostShown).join('; ')}${more}. Leave the commit to Deckhand, or make it under the name that git is set to here (git commit --reset-author).`;
}

/** Names that say whose work a commit is, or who answers for it. */
const trailer = /^[ \t]*(co-authored-by|signed-off-by)[ \t]*:([^\n]*)/gim;

/** Everybody whom a trailer names by an address. A host may read the first of them, the last or all. */
function peopleIn(whom: string): Signature[] {
  const name = (whom.split('<', 1)[0] ?? '').trim();
  return [...whom.matchAll(/<([^<>]*)>/g)].map(([, email = '']) => ({ name, email }));
}

/** Git leaves these out at both ends of a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what git leaves out
const crud = /^[\u0000-\u0020.,:;<>"\\']+|(?<![\u0000-\u0020.,:;<>"\\'])[\u0000-\u0020.,:;<>"\\']+$/g;
const clean = (text: string) => text.replaceAll(/[\n<>]/g, '').replaceAll(crud, '');
const addressOf = (email: string) => clean(email).toLowerCase();
const keyOf = ({ name, email }: Signature) => `${clean(name)} <${addressOf(email)}>`;
const shown = ({ name, email }: Signature) => `${name} <${email}>`.slice(0, 200);
