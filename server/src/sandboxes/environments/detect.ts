import { z } from 'zod';
import type { Environment, ReadFile } from './environment.ts';
import { environmentPath } from './environmentFile.ts';
import type { LockFile } from './lockFiles.ts';
import { parseJson } from './parse.ts';

/** What a repository without a word about itself needs, as far as its lock files tell. */
type Guess = Pick<Environment, 'install' | 'caches' | 'notes'> & { source: string };

/** One for each language: a repository may have several. The first lock file that is there counts. */
const languages: [LockFile, (read: ReadFile) => Promise<Omit<Guess, 'source'>>][][] = [
  [
    ['pnpm-lock.yaml', pnpm],
    ['yarn.lock', yarn],
    ['package-lock.json', npm],
    ['npm-shrinkwrap.json', npm],
  ],
  [
    ['uv.lock', uv],
    ['requirements.txt', pip],
  ],
  [['go.sum', missing('Go', 'golang', 'go mod download')]],
  [['Cargo.lock', missing('Rust', 'rust', 'cargo fetch --locked')]],
  [['pom.xml', missing('Java and Maven', 'maven', 'mvn --batch-mode dependency:go-offline')]],
];

export async function detect(read: ReadFile, lockFiles: LockFile[]): Promise<Guess> {
  const found = languages.flatMap(ways => ways.filter(([file]) => lockFiles.includes(file)).slice(0, 1));
  const guesses = await Promise.all(
    found.map(async ([source, guess]) => ({ source, ...(await guess(read)) })),
  );
  const install = guesses.map(guess => guess.install).filter(command => command !== undefined);
  return {
    source: guesses.map(guess => guess.source).join(', ') || 'none',
    ...(install.length > 0 ? { install: install.join(' && ') } : {}),
    caches: guesses.flatMap(guess => guess.caches),
    notes: guesses.flatMap(guess => guess.notes),
  };
}

type Way = Omit<Guess, 'source'>;
const way = (install: string, ...caches: string[]): Way => ({ install, caches, notes: [] });

async function npm(): Promise<Way> {
  return way('npm ci --no-audit --no-fund', '.npm');
}

/** The manager becomes a command of the sandbox, since scripts of the repository call it by its name. */
const globally = (manager: string) => `npm install --global --no-audit --no-fund ${manager}`;

async function pnpm(read: ReadFile): Promise<Way> {
  const format = /^lockfileVersion:\s*['"]?(\d+)/m.exec((await read('pnpm-lock.yaml')) ?? '')?.[1];
  const writers: Record<string, string> = { 5: '7', 6: '8', 9: '10' };
  const version = (await declared(read, 'pnpm')) ?? writers[format ?? ''] ?? 'latest';
  return way(`${globally(`pnpm@${version}`)} && pnpm install --frozen-lockfile`, '.npm', '.local/share/pnpm');
}

async function yarn(read: ReadFile): Promise<Way> {
  const version = await declared(read, 'yarn');
  // The lock file of Yarn 2 and later is YAML and says so in its head.
  const modern = /^__metadata:/m.test((await read('yarn.lock')) ?? '') || Number(version?.split('.')[0]) > 1;
  return modern
    ? way(`${globally(`@yarnpkg/cli-dist@${version ?? '4'}`)} && yarn install --immutable`, '.npm', '.yarn')
    : way(`${globally(`yarn@${version ?? '1'}`)} && yarn install --frozen-lockfile`, '.npm', '.cache/yarn');
}

/** Into the home: the root file system is read-only, and a folder in the work tree could be taken for work. */
async function pip(): Promise<Way> {
  return way('python3 -m pip install --user --quiet --requirement requirements.txt', '.cache/pip');
}

async function uv(): Promise<Way> {
  return way('python3 -m pip install --user --quiet uv && uv sync --frozen', '.cache/pip', '.cache/uv');
}

function missing(language: string, image: string, install: string) {
  return async (): Promise<Way> => ({
    caches: [],
    notes: [
      `This repository uses ${language}, which our base image does not have: nothing was installed for it. Name an image that has it in ${environmentPath}, e.g. {"image": "${image}:latest", "install": "${install}"}.`,
    ],
  });
}

const Manifest = z.object({ packageManager: z.string() });

/** The version in package.json's `packageManager`, where it names this manager. */
async function declared(read: ReadFile, manager: string): Promise<string | undefined> {
  const text = await read('package.json');
  const json = text === null ? null : parseJson('package.json', text);
  const manifest = json?.ok ? Manifest.safeParse(json.value) : null;
  const [, name, version] = /^(\w+)@(\d+\.\d+\.\d+[\w.-]*)/.exec(manifest?.data?.packageManager ?? '') ?? [];
  return name === manager ? version : undefined;
}
