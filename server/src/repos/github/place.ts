/** A repository on GitHub. */
export type Place = { owner: string; name: string };

/** `owner/name` of a GitHub url in any of the forms that git takes. */
export function parseGithubUrl(url: string): Place | null {
  const match = /[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(url);
  return match?.[1] && match[2] ? { owner: match[1], name: match[2] } : null;
}

export const fullName = ({ owner, name }: Place): string => `${owner}/${name}`;

/** GitHub takes names in any case. */
export const samePlace = (one: Place, other: Place): boolean =>
  fullName(one).toLowerCase() === fullName(other).toLowerCase();
