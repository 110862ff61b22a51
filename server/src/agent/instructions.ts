import { fill, promptText } from './texts.ts';

const system = promptText('./prompts/system.md');

/** How a repository is made ready in every sandbox. */
export type Environment = {
  install?: string | undefined;
  build?: string | undefined;
  start?: string | undefined;
  ports: readonly { port: number; name?: string | undefined }[];
  services: Readonly<Record<string, unknown>>;
};

export type Place = {
  repoId: string;
  branch: string;
  /** What is known of the commit that the work stands on: some of its paths, and how many there are. */
  facts: { agents: string | null; template: string | null; paths: readonly string[]; total: number };
  /** What the repository's image was made with; null where it has none. */
  environment: Environment | null;
  /** Where the output of a service, or of `start`, is written. */
  logOf: (name: string) => string;
};

/** AGENTS.md is the repository's word to agents; a book is cut. */
const agentsMaxChars = 16_000;
const templateMaxChars = 8_000;

/** The instructions of a turn, from what is known without a sandbox: the model need not wait for one. */
export function buildInstructions({ repoId, branch, facts, environment, logOf }: Place): string {
  const { agents, template, ...tree } = facts;
  return fill(system, {
    repo: repoId,
    branch,
    environment: environment ? `\n${describeEnvironment(environment, logOf)}\n` : '',
    template: template
      ? `\nThe body of a change follows the repository's template:\n<template>\n${template.slice(0, templateMaxChars)}\n</template>\n`
      : '',
    agents: agents
      ? `\nThe repository's AGENTS.md:\n<agents>\n${agents.slice(0, agentsMaxChars)}\n</agents>\n`
      : '',
    files: tree.total > 0 ? `\n${describeTree(tree)}` : '',
  });
}

function describeTree({ paths, total }: { paths: readonly string[]; total: number }): string {
  const rest = total > paths.length ? `\n(${total - paths.length} more)` : '';
  return `Files of the repository when the session began:\n<files>\n${paths.join('\n')}${rest}\n</files>`;
}

/** What is installed and runs already, so that the model need not find out. */
function describeEnvironment(
  { install, build, start, ports, services }: Environment,
  logOf: Place['logOf'],
): string {
  const lines = [
    install && `Dependencies are installed (\`${install}\`).`,
    build && `It is built (\`${build}\`).`,
    start && `Started with the sandbox: \`${start}\`; its output is in \`${logOf('start')}\`.`,
    ports.length > 0 &&
      `Ports: ${ports.map(({ port, name }) => (name ? `${port} (${name})` : `${port}`)).join(', ')}.`,
    ...Object.keys(services).map(name => `Service that runs: ${name}; its output is in \`${logOf(name)}\`.`),
  ];
  const said = lines.filter(Boolean).map(line => `- ${line}`);
  return said.length > 0 ? `The repository is made ready:\n${said.join('\n')}` : '';
}
