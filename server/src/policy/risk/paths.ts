/** What a path is that somebody would look at twice, with how much it weighs. */
const places: readonly { is: RegExp; score: number; what: string }[] = [
  {
    is: /^\/?$|^(~|\$HOME|\$PWD)?\/?\*?$|^\.\.?\/?\*?$|^\/(work|root|home|tmp)\/?\*?$/,
    score: 45,
    what: 'a whole tree',
  },
  { is: /(^|\/)\.git(\/|$)/, score: 45, what: "git's own data" },
  {
    is: /(^|\/)(\.github\/workflows|\.gitlab-ci\.yml|\.circleci|Jenkinsfile|azure-pipelines)/,
    score: 35,
    what: 'what continuous integration runs',
  },
  { is: /(^|\/)\.deckhand(\/|$)/, score: 35, what: "Deckhand's own settings" },
  {
    is: /(^|\/)(\.ssh|\.aws|\.gnupg|\.kube|\.docker|\.netrc|\.npmrc|\.pypirc|\.git-credentials)(\/|$)/,
    score: 40,
    what: 'credentials',
  },
  {
    is: /(^|\/)\.env(\.|$)|(^|\/)(id_rsa|id_ed25519)|\.(pem|key|p12|pfx)$|(^|\/)secrets?(\.|\/)/i,
    score: 30,
    what: 'what may hold secrets',
  },
  {
    is: /^\/(etc|usr|bin|sbin|lib|boot|var|opt|proc|sys|dev)(\/|$)/,
    score: 30,
    what: 'the system outside of the repository',
  },
  { is: /(^|\/)(migrations?|schema\.(sql|prisma))(\/|$)/, score: 15, what: 'a database schema' },
  {
    is: /(^|\/)(Dockerfile|docker-compose[^/]*\.ya?ml|[^/]*\.tf|CODEOWNERS)$/,
    score: 15,
    what: 'how it is deployed or owned',
  },
  {
    is: /(^|\/)(package\.json|[^/]*-lock\.(json|yaml)|yarn\.lock|requirements[^/]*\.txt|go\.(mod|sum)|Cargo\.(toml|lock)|pyproject\.toml|Gemfile(\.lock)?)$/,
    score: 12,
    what: 'dependencies',
  },
];

const mostPathChars = 4_096;

export type Place = { score: number; what: string };

/** The weightiest that a path is; null: a file like others. */
export function placeOf(path: string): Place | null {
  // The patterns take time by the square of its length.
  if (path.length > mostPathChars) return { score: 30, what: 'a path that is longer than paths are' };
  const plain = path.replace(/^\.\//, '').replace(/^\/work\/[^/]+\//, '');
  const found = places.filter(({ is }) => is.test(plain) || is.test(path));
  return found.toSorted((a, b) => b.score - a.score)[0] ?? null;
}
