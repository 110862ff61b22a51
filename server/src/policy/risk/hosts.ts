/** Where package managers get packages from. */
const registries =
  /(^|\.)(registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com|pypi\.org|files\.pythonhosted\.org|crates\.io|proxy\.golang\.org|sum\.golang\.org|rubygems\.org|repo\.maven\.apache\.org|repo1\.maven\.org|plugins\.gradle\.org|deb\.debian\.org|archive\.ubuntu\.com|packagist\.org|nuget\.org|hex\.pm)$/;

export const isRegistry = (host: string): boolean => registries.test(host);

/** The host of an address as people write it; null where it is none. */
export function hostOf(address: string): string | null {
  const match =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::[^\s]*)?(?:[/?#]|$)/i.exec(
      address,
    );
  return match?.[1]?.toLowerCase() ?? null;
}
