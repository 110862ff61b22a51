import { baseVersions } from '../detectors/versions.ts';

type Installer = {
  /** Debian's. */
  packages: string[];
  /** What bookworm has of it, which our base image stands on. */
  version?: string;
  /** Options that ask for more of the same kind. */
  options?: Record<string, string>;
  inBase?: boolean;
};

/** The common ones of github.com/devcontainers/features, as Debian's own packages. */
const installers: Record<string, Installer> = {
  'common-utils': { packages: ['curl', 'jq', 'less', 'procps', 'unzip', 'zip'], inBase: true },
  git: { packages: ['git'], inBase: true },
  node: { packages: ['nodejs', 'npm'], version: baseVersions.node, inBase: true },
  python: {
    packages: ['python3', 'python3-pip', 'python3-venv'],
    version: baseVersions.python,
    inBase: true,
  },
  go: { packages: ['golang-go'], version: '1.19' },
  rust: { packages: ['cargo', 'rustc'], version: '1.63' },
  java: {
    packages: ['default-jdk-headless'],
    version: '17',
    options: { installMaven: 'maven', installGradle: 'gradle' },
  },
  ruby: { packages: ['ruby-full', 'bundler'], version: '3.1' },
  php: { packages: ['php-cli', 'composer'], version: '8.2' },
  'github-cli': { packages: ['gh'], version: '2.23' },
};

/** `ghcr.io/devcontainers/features/go:1`, or the short name of earlier days. */
const official = /^(?:ghcr\.io\/devcontainers\/features\/)?([\w-]+)(?::[\w.]+)?(?:@sha256:[0-9a-f]{64})?$/;
const anyVersion = new Set([
  'latest',
  'lts',
  'current',
  'stable',
  'os-provided',
  'system',
  'default',
  'none',
  '',
]);

export type Features = { packages: string[]; notes: string[] };

/** What features bring that we install ourselves, and sentences about the rest. None is fatal. */
export function featuresOf(features: Record<string, unknown>, { isBase }: { isBase: boolean }): Features {
  const packages: string[] = [];
  const missing: string[] = [];
  const notes: string[] = [];
  for (const [feature, given] of Object.entries(features)) {
    const [, name = ''] = official.exec(feature) ?? [];
    const installer = Object.hasOwn(installers, name) ? installers[name] : undefined;
    if (!installer) {
      missing.push(shortName(feature));
      continue;
    }
    const { version, options = {}, inBase = false } = installer;
    const asked = optionsOf(given);
    if (!(isBase && inBase)) packages.push(...installer.packages);
    for (const [option, more] of Object.entries(options)) if (asked[option] === 'true') packages.push(more);
    const wanted = asked.version ?? '';
    if (!anyVersion.has(wanted) && !(isBase && version !== undefined && isOf(version, wanted)))
      notes.push(
        `The feature ${name} asks for version ${wanted.slice(0, 40)}; ${isBase ? `the sandbox has ${version ?? 'Debian’s own'}` : 'installed is what the image’s distribution has'}. Put another into the image or its Dockerfile where that matters.`,
      );
  }
  if (missing.length > 0)
    notes.push(
      `Of features these are not installed: ${missing.slice(0, 30).join(', ')}; put what they bring into the image or its Dockerfile.`,
    );
  return { packages: [...new Set(packages)], notes };
}

const shortName = (feature: string) =>
  (/(?<![\w-])([\w-]+)(?::[\w.]+)?(?:@sha256:[0-9a-f]+)?$/.exec(feature)?.[1] ?? feature).slice(0, 100);

/** `"1.22"` is short for `{"version": "1.22"}`. */
function optionsOf(given: unknown): Record<string, string | undefined> {
  if (typeof given === 'string') return { version: given };
  if (typeof given !== 'object' || given === null) return {};
  const plain = Object.entries(given).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return Object.fromEntries(plain.map(([name, value]) => [name, String(value)]));
}

/** As far as both say it: `26` and `26.1` are of 26.10.0 (its major), `3.11.4` is of 3.11. */
function isOf(had: string, wanted: string): boolean {
  const places = had.split('.').length === 3 ? 1 : had.split('.').length;
  const cut = (text: string) => text.replace(/^v/, '').split('.').slice(0, places);
  const [ours, theirs] = [cut(had), cut(wanted)];
  return theirs.every((part, i) => part === ours[i]);
}
