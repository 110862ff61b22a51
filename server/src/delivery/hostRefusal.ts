/** Why a host did not take a push: all that it said. */
export type HostRefusal = {
  text: string;
  /** Whether other commits may mend it; else somebody with rights there has to do something. */
  byAgent: boolean;
};

const longestChars = 2_000;
/** Of one line of a host's, which may say anything. */
const mostLineChars = 1_000;

/**
 * What only people can change: protected branches and rules over branch names (GH006, GH013 of GitHub), rights, a
 * repository that takes nothing any more. All else is about what the commits hold: files too large (GH001), missing
 * LFS objects (GH008), secrets, words that a hook does not like.
 */
const forPeople =
  /GH006|GH007|GH011|protected branch|not allowed to push|permission|denied to|archived|read-only|creations being restricted|branch name/i;

/** Another push was there at the same moment: the one of a server that was killed, most of all. */
const meets = /cannot lock ref|failed to update ref|reference already exists/i;

/** Of git's words on a push that was refused; null where it failed otherwise: that may go better the next time. */
export function hostRefusal(stderr: string): HostRefusal | null {
  const lines = stderr.split('\n').map(line => line.trim().slice(0, mostLineChars));
  const reason = lines
    .map(line => /^! \[remote rejected\] .* \((.+)\)$/.exec(line)?.[1])
    .find(found => found !== undefined);
  if (reason === undefined) return null;
  const inTheWay = /'refs\/heads\/([^']+)' exists; cannot create/.exec(stderr)?.[1];
  if (inTheWay)
    return {
      text: `A branch named “${inTheWay}” stands where branches of the same beginning would go, and git keeps no two of that kind. Rename or delete it there.`,
      byAgent: false,
    };
  if (meets.test(reason)) return null;
  const said = lines
    .map(line => /^remote: ?(.*)$/.exec(line)?.[1]?.trim() ?? '')
    .map(line => line.replace(/^error: /, ''))
    .filter(line => /[\p{L}\p{N}]/u.test(line));
  const text = [...new Set([...said, reason])].join('\n').slice(0, longestChars);
  return { text: withoutPasswords(text), byAgent: !forPeople.test(text) };
}

const withoutPasswords = (text: string) => text.replace(/\/\/[^/@\s]+@/g, '//');
