/**
 * What a reader would have to look up again if a summary lost it: paths, names in code, numbers that mean something.
 * A measure of a summary, not of understanding: a fact counts as kept where it stands there literally.
 */
const factPatterns: readonly RegExp[] = [
  /(?<![\w@./-])(?:\.{0,2}\/)?(?:[\w@.-]+\/)+[\w@.-]+\w/g,
  /(?<![\w-])[\w-]+\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|cs|c|h|cpp|php|sql|sh|ya?ml|json|toml|md|css|html|vue|svelte)\b/g,
  /`[^`\n]{2,80}`/g,
  /\b[a-z]+[A-Z]\w{2,}\b|\b[A-Z][a-z]+[A-Z]\w+\b|\b\w{2,}_\w{2,}\b/g,
  /\b\d{3,}\b|\b\d+\.\d+(?:\.\d+)?\b/g,
];

export function factsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pattern of factPatterns)
    for (const [match] of text.matchAll(pattern)) {
      const fact = match.replaceAll('`', '');
      counts.set(fact, (counts.get(fact) ?? 0) + 1);
    }
  return counts;
}

/** Facts of the one text that the other does not have, the most often named first. */
export function lostFacts(before: string, after: string, most: number): { lost: string[]; share: number } {
  const facts = [...factsOf(before)].toSorted((a, b) => b[1] - a[1]).map(([fact]) => fact);
  const lost = facts.filter(fact => !after.includes(fact));
  return { lost: lost.slice(0, most), share: facts.length === 0 ? 0 : lost.length / facts.length };
}
