import { singleFlight } from '../platform/singleFlight.ts';

/** What one folder says to agents; the first that is there counts. */
const names = ['AGENTS.md', 'CLAUDE.md'];
const mostFolders = 500;
const keptAnswers = 2_000;

type Said = { path: string; text: string } | null;

/** Folders below the top that have a word of their own to agents, of all paths of a commit. */
export function foldersThatSpeak(paths: readonly string[]): string[] {
  const found = paths.flatMap(path => {
    const at = path.lastIndexOf('/');
    return at > 0 && names.includes(path.slice(at + 1)) ? [path.slice(0, at)] : [];
  });
  return [...new Set(found)].slice(0, mostFolders);
}

/** What folders of a commit say to agents. Kept: the agent works in one for many steps. */
export class FolderAgents {
  #readFile: (sha: string, path: string) => Promise<string | null>;
  #known = new Map<string, Said>();
  #reads = singleFlight<string, Said>();

  constructor(readFile: (sha: string, path: string) => Promise<string | null>) {
    this.#readFile = readFile;
  }

  async at(sha: string, folder: string): Promise<Said> {
    const key = `${sha}:${folder}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const said = await this.#reads.run(key, () => this.#read(sha, folder));
    this.#known.set(key, said);
    if (this.#known.size > keptAnswers) this.#known.delete(this.#known.keys().next().value ?? '');
    return said;
  }

  async #read(sha: string, folder: string): Promise<Said> {
    for (const name of names) {
      const path = `${folder}/${name}`;
      const text = await this.#readFile(sha, path);
      if (text !== null) return { path, text };
    }
    return null;
  }
}
