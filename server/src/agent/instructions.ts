import type { Mirror } from '../repos/mirror.ts';
import type { Environment } from '../sandboxes/environments/environment.ts';
import { startLog } from '../sandboxes/environments/start.ts';
import { fill, promptText } from './texts.ts';

const system = promptText('./prompts/system.md');

type Place = {
  baseSha: string;
  branch: string;
  /** What the repository's image was made with; null where it has none. */
  environment: Environment | null;
};

/** AGENTS.md is the repository's word to agents; a book is cut. */
const agentsMaxChars = 16_000;
const templateMaxChars = 8_000;

/** The instructions of a turn, built from the server's mirror so that the model need not wait for the sandbox. */
export async function buildInstructions(
  mirror: Mirror,
  { baseSha, branch, environment }: Place,
): Promise<string> {
  const { agents, template, ...tree } = await mirror.facts(baseSha);
  return fill(system, {
    repo: mirror.repo.id,
    branch,
    environment: environment ? `\n${describeEnvironment(environment)}\n` : '',
    template: template
      ? `\nThe body of a change follows the repository's template:\n<template>\n${template.slice(0, templateMaxChars)}\n</template>\n`
      : '',
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

/** What is installed and runs already, so that the model need not find out. */
function describeEnvironment({ install, build, start, ports, services }: Environment): string {
  const lines = [
    install && `Dependencies are installed (\`${install}\`).`,
    build && `It is built (\`${build}\`).`,
    start && `Started with the sandbox: \`${start}\`; its output is in \`${startLog('start')}\`.`,
    ports.length > 0 &&
      `Ports: ${ports.map(({ port, name }) => (name ? `${port} (${name})` : `${port}`)).join(', ')}.`,
    ...Object.keys(services).map(
      name => `Service that runs: ${name}; its output is in \`${startLog(name)}\`.`,
    ),
  ];
  const said = lines.filter(Boolean).map(line => `- ${line}`);
  return said.length > 0 ? `The repository is made ready:\n${said.join('\n')}` : '';
}
