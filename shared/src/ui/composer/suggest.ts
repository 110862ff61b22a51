import type { Client } from '../../client/index.ts';

/** What may take the place of what was begun in a prompt. */
export type Suggestion = {
  id: string;
  label: string;
  aside: string;
  /** What is written instead. */
  insert: string;
  /** What is done besides. */
  run?: () => void;
};
/** `@` names a file, or at the beginning an agent; `/` at the beginning is something to do. */
export type Begun = { sign: '@' | '/'; typed: string; isFirst: boolean };
export type Suggest = (begun: Begun) => Promise<readonly Suggestion[]>;

/** Something to do from within the box. */
export type SlashCommand = { name: string; does: string; run?: () => void; insert?: string };

type Place = { sessionId: string } | { repo: string };

/** Suggests files and agents of where the prompt goes, and these commands. */
export function suggestFor(
  client: Client,
  place: Place,
  { repo, commands }: { repo: string | null; commands: readonly SlashCommand[] },
): Suggest {
  let agents: Promise<readonly Suggestion[]> | null = null;
  const agentsThere = async () => {
    const answer = await client.http['agent.list'](repo ? { repo } : {});
    if (!answer.ok) agents = null;
    const found = answer.ok ? answer.agents : [];
    return found.map(({ id, role }) => ({
      ...{ id: `agent ${id}`, label: `@${id}`, insert: `@${id} ` },
      aside: role,
    }));
  };
  return async ({ sign, typed, isFirst }) => {
    if (sign === '/')
      return commands
        .filter(({ name }) => name.startsWith(typed.toLowerCase()))
        .map(({ name, does, run, insert = '' }) => ({
          ...{ id: `command ${name}`, label: `/${name}`, aside: does, insert },
          ...(run ? { run } : {}),
        }));
    agents ??= isFirst ? agentsThere() : null;
    const [named, files] = await Promise.all([
      isFirst ? (agents ?? []) : [],
      client.http['path.list']({ ...place, q: typed }),
    ]);
    const fitting = named.filter(({ label }) => label.toLowerCase().startsWith(`@${typed.toLowerCase()}`));
    const paths = files.ok ? files.paths : [];
    return [
      ...fitting,
      ...paths.map(path => ({ id: `file ${path}`, label: path, aside: '', insert: `@${path} ` })),
    ];
  };
}

/** What is being begun at the caret, and where. */
export function begunAt(text: string, caret: number): (Begun & { from: number }) | null {
  const before = text.slice(0, caret);
  const command = /^\/([\w.-]*( [\w./:-]*)?)$/.exec(before);
  if (command) return { sign: '/', typed: command[1] ?? '', isFirst: true, from: 0 };
  const named = /(^|\s)@([^\s@]{0,200})$/.exec(before);
  if (!named) return null;
  const from = named.index + (named[1]?.length ?? 0);
  return { sign: '@', typed: named[2] ?? '', isFirst: from === 0, from };
}
