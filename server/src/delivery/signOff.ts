import type { Mirror } from '../repos/mirror.ts';

/** Where a repository says what commits must carry. */
const rules = ['.github/dco.yml', '.github/dco.yaml'];
const guides = [
  'CONTRIBUTING.md',
  'CONTRIBUTING',
  'CONTRIBUTING.rst',
  '.github/CONTRIBUTING.md',
  'docs/CONTRIBUTING.md',
  'DCO',
];
const asked = /signed-off-by|developer certificate of origin|git commit (?:-s\b|--signoff)/i;

const keptAnswers = 100;
const known = new Map<string, boolean>();

/**
 * Whether commits are to carry `Signed-off-by`: as repos.json says, else where the repository at its base commit has
 * the rules of the DCO check, or its guide for contributors asks for it.
 */
export async function wantsSignOff(mirror: Mirror, baseSha: string): Promise<boolean> {
  const { signOff } = mirror.repo;
  if (signOff !== undefined) return signOff;
  const key = `${mirror.dir} ${baseSha}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const read = await mirror.reader(baseSha, ['.github/', 'docs/']);
  const texts = await Promise.all([...rules, ...guides].map(read));
  const wants = texts.some((text, at) => text !== null && (at < rules.length || asked.test(text)));
  known.set(key, wants);
  if (known.size > keptAnswers) known.delete(known.keys().next().value ?? '');
  return wants;
}
