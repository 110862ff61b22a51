import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { singleFlight } from '../../platform/singleFlight.ts';
import { type AgentFile, type Defined, definedBy, nothingDefined } from './files.ts';
import { type AgentTerms, mostAgentBytes } from './parseAgent.ts';

/** Files that somebody changes are looked at this often at the most. */
const lookEveryMs = 1_000;
const mostFiles = 200;

export type FolderDeps = {
  /** Null: there is none. */
  folder: string | null;
  terms: AgentTerms;
  clock: () => number;
  onMistake: (message: string) => void;
};

/** The organisation's definitions: a folder, read anew when something in it changes. */
export class OrganisationFolder {
  #deps: FolderDeps;
  #defined: Defined = nothingDefined;
  #seen = { version: '', atMs: Number.NEGATIVE_INFINITY };
  #looks = singleFlight<'look', void>();

  constructor(deps: FolderDeps) {
    this.#deps = deps;
  }

  async defined(): Promise<Defined> {
    await this.#looks.run('look', () => this.#look());
    return this.#defined;
  }

  async #look(): Promise<void> {
    const { folder, terms, clock, onMistake } = this.#deps;
    if (folder === null || clock() - this.#seen.atMs < lookEveryMs) return;
    this.#seen.atMs = clock();
    const names = await readdir(folder).catch(({ message }: Error) => ({ failed: message }));
    if ('failed' in names) {
      const message = `${folder}: the folder cannot be read: ${names.failed}`;
      // What was known stays: a disk that is away for a moment takes no agent with it.
      this.#tell({ ...this.#defined, mistakes: [{ layer: 'organisation', source: folder, message }] });
      return;
    }
    const paths = names
      .filter(name => name.endsWith('.md'))
      .toSorted()
      .slice(0, mostFiles)
      .map(name => join(folder, name));
    const version = (await Promise.all(paths.map(stamp))).join('\n');
    if (version === this.#seen.version) return;
    this.#seen.version = version;
    const files = await Promise.all(paths.map(readAgent));
    this.#tell(definedBy(files, { layer: 'organisation', before: this.#defined, terms }), onMistake);
  }

  #tell(defined: Defined, onMistake = this.#deps.onMistake): void {
    const known = new Set(this.#defined.mistakes.map(({ message }) => message));
    for (const { message } of defined.mistakes)
      if (!known.has(message)) onMistake(`${message}. What was known before stays in service.`);
    this.#defined = defined;
  }
}

async function stamp(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return `${path} ${found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'gone'}`;
}

/** One that cannot be read is read as nothing, which is a mistake that names it. */
async function readAgent(path: string): Promise<AgentFile> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  const text =
    size > mostAgentBytes ? 'x'.repeat(mostAgentBytes + 1) : await readFile(path, 'utf8').catch(() => '');
  return { id: basename(path, '.md'), source: path, text };
}
