import { fetchedJs, json, type Kind, lookJs, needsLeft, saysJs } from './kinds.ts';
import { type NpmPackage, tarballUrl } from './npm.ts';
import { digest, integrityOf } from './packed.ts';

type Made = { left: NpmPackage; right: NpmPackage; pnpm: NpmPackage; berryLock: string };

/** Repositories of JavaScript, each with its manager's own lock file. */
export function javascriptKinds({ left, right, pnpm, berryLock }: Made): Kind[] {
  const locked = (each: NpmPackage) => ({
    version: '1.0.0',
    resolved: tarballUrl(each),
    integrity: integrityOf(each.tarball),
  });
  const lock = json({
    name: 'shop',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'shop', ...needsLeft },
      'node_modules/tiny-left': { ...locked(left), dependencies: { 'tiny-right': '1.0.0' } },
      'node_modules/tiny-right': locked(right),
    },
  });
  const shop = json({ name: 'shop', ...needsLeft });
  const common = { look: lookJs, says: saysJs, fetched: fetchedJs };
  return [
    {
      kind: 'npm',
      files: { 'package.json': shop, 'package-lock.json': lock },
      source: 'package-lock.json',
      steps: ['npm ci --no-audit --no-fund'],
      ...common,
    },
    {
      kind: 'package.json without a lock file',
      files: { 'package.json': shop },
      source: 'package.json',
      steps: ['npm install --no-audit --no-fund --no-package-lock'],
      notes: [/package\.json has no lock file/],
      ...common,
    },
    {
      kind: 'pnpm workspace',
      files: {
        'package.json': json({
          name: 'shop',
          private: true,
          packageManager: `pnpm@${pnpm.manifest.version}`,
        }),
        'pnpm-workspace.yaml': 'packages:\n  - packages/*\n',
        'packages/app/package.json': json({ name: 'app', ...needsLeft }),
        'packages/lib/package.json': json({ name: 'lib', dependencies: { app: 'workspace:*' } }),
        'pnpm-lock.yaml': pnpmLock(left, right),
      },
      source: 'pnpm-lock.yaml',
      steps: [/^npm install --global .*pnpm@\d+\.\d+\.\d+ && pnpm install --frozen-lockfile$/],
      ...common,
      look: `cd packages/lib/node_modules/app && ${lookJs}`,
    },
    {
      kind: 'Yarn 1',
      files: { 'package.json': shop, 'yarn.lock': yarnLock(left, right) },
      source: 'yarn.lock',
      steps: [/yarn@1 && yarn install --frozen-lockfile$/],
      ...common,
    },
    {
      kind: 'Yarn 4',
      files: { 'package.json': shop, 'yarn.lock': berryLock, '.yarnrc.yml': 'nodeLinker: node-modules\n' },
      source: 'yarn.lock',
      steps: [/@yarnpkg\/cli-dist@4 && yarn install --immutable$/],
      ...common,
    },
    {
      kind: 'devcontainer',
      files: {
        'package.json': shop,
        'package-lock.json': lock,
        '.devcontainer/devcontainer.json': json({
          name: 'Shop',
          features: { 'ghcr.io/devcontainers/features/node:1': {} },
          workspaceFolder: '/workspaces/shop',
          containerEnv: { SHOP: `$\{containerWorkspaceFolder}/shop` },
          onCreateCommand: ['mkdir', '-p', '/work/home/made'],
          postCreateCommand: { deps: 'cd /workspaces/shop && npm ci', told: 'echo $SHOP > ~/made/told' },
        }),
      },
      source: '.devcontainer/devcontainer.json',
      steps: [/^'?mkdir/, /npm ci/],
      ...common,
      look: `cat ~/made/told && ${lookJs}`,
      says: `/work/repo/shop\n${saysJs}`,
    },
    {
      kind: 'npm beside a manager that cannot be had',
      files: { 'package.json': shop, 'package-lock.json': lock, 'api/uv.lock': 'version = 1\n' },
      source: 'package-lock.json, api/uv.lock',
      steps: ['npm ci --no-audit --no-fund', /^cd api && .* uv; } && uv sync --frozen$/],
      warnings: [/^install failed: .*It is only a guess, from api\/uv\.lock: `cd api/s],
      ...common,
    },
  ];
}

const pnpmLock = (left: NpmPackage, right: NpmPackage) => `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .: {}

  packages/app:
    dependencies:
      tiny-left:
        specifier: 1.0.0
        version: 1.0.0

  packages/lib:
    dependencies:
      app:
        specifier: workspace:*
        version: link:../app

packages:

  tiny-left@1.0.0:
    resolution: {integrity: ${integrityOf(left.tarball)}}

  tiny-right@1.0.0:
    resolution: {integrity: ${integrityOf(right.tarball)}}

snapshots:

  tiny-left@1.0.0:
    dependencies:
      tiny-right: 1.0.0

  tiny-right@1.0.0: {}
`;

const yarnLock = (left: NpmPackage, right: NpmPackage) => {
  const entry = (each: NpmPackage) => `${each.manifest.name}@1.0.0:
  version "1.0.0"
  resolved "${tarballUrl(each)}#${digest('sha1', each.tarball)}"
  integrity ${integrityOf(each.tarball)}
`;
  return `# yarn lockfile v1


${entry(left)}  dependencies:
    tiny-right "1.0.0"

${entry(right)}`;
};
