import type { Mirror } from '../repos/mirror.ts';
import { fill, promptText } from './texts.ts';

const system = promptText('./prompts/system.md');

/** AGENTS.md is the repository's word to agents; a book is cut. */
const agentsMaxChars = 16_000;

/** The instructions of a turn, built from the server's mirror so that the model need not wait for the sandbox. */
export async function buildInstructions(mirror: Mirror, baseSha: string, branch: string): Promise<string> {
  const { agents, ...tree } = await mirror.facts(baseSha);
  return fill(system, {
    repo: mirror.repo.id,
    branch,
    agents: agents
      ? `\nThe repository's AGENTS.md:\n<agents>\n${agents.slice(0, agentsMaxChars)}\n</agents>\n`
      : '',
    files: tree.total > 0 ? `\n${describeTree(tree)}` : '',
  });
}

function describeTree({ paths, total }: { paths: string[]; total: number }): string {
  const rest = total > paths.length ? `\n(${total - paths.length} more)` : '';
  return `Files of the repository when the session began:\n<files>\n${paths.join('\n')}${rest}\n</files>`;
}
