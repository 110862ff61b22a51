const lockFiles = new Set([
  ...['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'],
  ...['composer.lock', 'Gemfile.lock', 'Cargo.lock', 'poetry.lock', 'uv.lock', 'Pipfile.lock', 'pdm.lock'],
  ...['go.sum', 'mix.lock', 'pubspec.lock', 'flake.lock', 'Podfile.lock', 'packages.lock.json', 'deno.lock'],
]);
const folders = /(^|\/)(node_modules|vendor|dist|__snapshots__|__generated__|third_party)\//;
const endings = /(\.min\.(js|css)|\.(js|css)\.map|\.snap|\.pb\.go|_pb2\.py|\.g\.dart|\.generated\.\w+)$/;

/** By its name: made by a program, so that nobody reads it line by line. */
export const isGenerated = (path: string): boolean =>
  lockFiles.has(path.slice(path.lastIndexOf('/') + 1)) || folders.test(path) || endings.test(path);
