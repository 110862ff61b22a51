import type { Folder } from '../tree.ts';
import { type Detector, type Found, globally, has, leftOver } from './detector.ts';
import { asksForPackages, declaredIn, manifestOf } from './manifest.ts';

type Way = { install: string; caches: string[] };
type Manager = {
  name: string;
  locks: string[];
  /** `lock` null: there is none, so none is kept to. */
  way(version: string | undefined, lock: { name: string; text: string } | null): Way;
};

/** In the order in which their lock files count, where package.json does not say. */
const managers: Manager[] = [
  { name: 'pnpm', locks: ['pnpm-lock.yaml'], way: pnpm },
  { name: 'yarn', locks: ['yarn.lock'], way: yarn },
  { name: 'npm', locks: ['package-lock.json', 'npm-shrinkwrap.json'], way: npm },
  { name: 'bun', locks: ['bun.lock', 'bun.lockb'], way: bun },
];

export const javascript: Detector = {
  language: 'JavaScript',
  locks: managers.flatMap(each => each.locks),
  async detect(folder) {
    const manifest = await manifestOf(folder);
    const declared = declaredIn(manifest);
    const locked = managers.filter(({ locks }) => has(folder, ...locks));
    const first = locked.find(({ name }) => name === declared?.name) ?? locked[0];
    if (first) return withLock(folder, first, { declared, locked });
    if (!manifest || !(asksForPackages(manifest) || declared)) return null;
    const manager = managers.find(({ name }) => name === declared?.name) ?? managers.find(is('npm'));
    if (!manager) return null;
    return {
      source: 'package.json',
      ...manager.way(declared?.version, null),
      notes: [
        'package.json has no lock file: of its dependencies the newest versions that it allows were installed. Commit a lock file, so that everybody has the same.',
      ],
      also: ['package.json'],
    };
  },
};

const is = (name: string) => (manager: Manager) => manager.name === name;

type Locked = { declared: { name: string; version: string } | null; locked: Manager[] };

async function withLock(folder: Folder, manager: Manager, { declared, locked }: Locked): Promise<Found> {
  const name = has(folder, ...manager.locks) ?? '';
  const version = declared?.name === manager.name ? declared.version : undefined;
  const text = manager.name === 'bun' ? '' : ((await folder.read(name)) ?? '');
  const left = locked.filter(each => each !== manager).flatMap(each => has(folder, ...each.locks) ?? []);
  const notes = leftOver(name, left);
  if (declared && declared.name !== manager.name && managers.some(is(declared.name)))
    notes.push(`packageManager names ${declared.name}, whose lock file is not there: ${name} counts.`);
  return { source: name, ...manager.way(version, { name, text }), notes };
}

function npm(_: string | undefined, lock: object | null): Way {
  // The sandbox's own npm reads the lock files of all versions; another is not put in its place.
  const run = lock ? 'npm ci --no-audit --no-fund' : 'npm install --no-audit --no-fund --no-package-lock';
  return { install: run, caches: ['.npm'] };
}

const pnpmWriters: Record<string, string> = { 5: '7', 6: '8', 7: '9', 9: '10' };

function pnpm(version: string | undefined, lock: { text: string } | null): Way {
  const format = /^lockfileVersion:\s*['"]?(\d+)/m.exec(lock?.text ?? '')?.[1] ?? '';
  const manager = globally(`pnpm@${version ?? pnpmWriters[format] ?? 'latest'}`);
  const run = lock ? 'pnpm install --frozen-lockfile' : 'pnpm install --no-lockfile';
  return { install: `${manager} && ${run}`, caches: ['.npm', '.local/share/pnpm'] };
}

/** Yarn 4 writes 8; what an older one wrote is brought up by the newest that is asked for, and so it is not frozen. */
const berryFormat = 8;

function yarn(version: string | undefined, lock: { text: string } | null): Way {
  // The lock file of Yarn 2 and later is YAML and says so in its head.
  const [, format] = /^__metadata:[ \t\r]*\n[ \t]+version:[ \t]*['"]?(\d+)/m.exec(lock?.text ?? '') ?? [];
  const isModern = format !== undefined || /^__metadata:/m.test(lock?.text ?? '');
  const major = version ? Number(version.split('.')[0]) : isModern ? 4 : 1;
  if (major < 2) {
    const run = lock ? 'yarn install --frozen-lockfile' : 'yarn install --no-lockfile';
    return { install: `${globally(`yarn@${version ?? '1'}`)} && ${run}`, caches: ['.npm', '.cache/yarn'] };
  }
  const isOld = !version && format !== undefined && Number(format) < berryFormat;
  const run = lock && !isOld ? 'yarn install --immutable' : 'yarn install --no-immutable';
  return {
    install: `${globally(`@yarnpkg/cli-dist@${version ?? '4'}`)} && ${run}`,
    caches: ['.npm', '.yarn'],
  };
}

/** Its npm package fetches the program in a script of its own; the package of the program needs none. */
function bun(version: string | undefined, lock: object | null): Way {
  const program = '@oven/bun-linux-$(uname -m | sed s/x86_64/x64/)';
  const install = [
    globally(`"${program}@${version ?? 'latest'}"`),
    'mkdir -p ~/.local/bin',
    `ln -sf "$(npm root --global)/${program}/bin/bun" ~/.local/bin/bun`,
    'ln -sf bun ~/.local/bin/bunx',
    lock ? 'bun install --frozen-lockfile' : 'bun install --no-save',
  ];
  return { install: install.join(' && '), caches: ['.npm', '.bun/install/cache'] };
}
