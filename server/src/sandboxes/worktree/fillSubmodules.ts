import type { Lack } from '../../repos/lacks.ts';
import type { Mirror } from '../../repos/mirror.ts';
import type { Submodule } from '../../repos/submodules.ts';
import type { Hands } from '../hands.ts';
import { inPack, runScript } from './script.ts';

/**
 * Puts submodules of a commit into the work tree, from mirrors of theirs. What cannot be reached stays an empty folder:
 * the mirror knows of which and why, people and the agent are told, and nothing fails for it. Submodules of submodules
 * are left out.
 */
export async function fillSubmodules(hands: Hands, mirror: Mirror, commit: string): Promise<void> {
  const { submodules } = await mirror.facts(commit);
  const lacks: Lack[] = [];
  // One after the other: they share the place that packs come by.
  for (const submodule of submodules) {
    const { path, url } = submodule;
    const from = mirror.beside(url);
    const why = from ? await fill(hands, from, submodule) : 'it is not of the same owner on the same host';
    if (why === null) continue;
    lacks.push({ path, why });
    // At another commit than this one it would look like a change that somebody made.
    if (from) await runScript(hands, 'leave-submodule', [path]);
  }
  mirror.lacks.note(commit, lacks);
}

/** Null, or why it is not there. */
async function fill(hands: Hands, from: Mirror, { name, path, url, sha }: Submodule): Promise<string | null> {
  if (!(await from.resolve(sha))) await from.fetch();
  if (!(await from.resolve(sha))) return from.whyNot ?? 'its repository does not have that commit';
  const asked = await runScript(hands, 'has-submodule', [name, sha]);
  if (!asked.ok) return asked.message;
  let pack = '';
  if (asked.stdout.trim() !== 'yes') {
    const sent = from.pack([sha], []);
    const put = await hands.put(inPack, sent.stream);
    if ((await sent.done).failed || !put.ok) return 'it could not be brought into the sandbox';
    pack = inPack;
  }
  const taken = await runScript(hands, 'take-submodule', [pack, name, path, url, sha]);
  return taken.ok ? null : taken.message;
}
