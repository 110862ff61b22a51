import type { Folder } from '../tree.ts';
import { type Detector, type Found, has, leftOver } from './detector.ts';

/** Into the home: the root file system is read-only, and a folder in the work tree could be taken for work. */
const pip = 'python3 -m pip install --user --quiet';
/** An image of the repository's own may have it, of the version that it wants. */
const tool = (name: string, run: string) => `{ command -v ${name} > /dev/null || ${pip} ${name}; } && ${run}`;

type Way = { install: string; caches: string[] };
const ways: Record<string, (locked: boolean) => Way> = {
  uv: locked => ({
    install: tool('uv', locked ? 'uv sync --frozen' : 'uv sync'),
    caches: ['.cache/pip', '.cache/uv'],
  }),
  poetry: () => ({
    install: tool('poetry', 'poetry install --no-interaction'),
    caches: ['.cache/pip', '.cache/pypoetry'],
  }),
  pdm: locked => ({
    install: tool('pdm', locked ? 'pdm sync' : 'pdm install'),
    caches: ['.cache/pip', '.cache/pdm'],
  }),
  pipenv: locked => ({
    install: tool('pipenv', locked ? 'pipenv sync --dev' : 'pipenv install --dev --skip-lock'),
    caches: ['.cache/pip', '.cache/pipenv'],
  }),
};

const locks: [file: string, manager: string][] = [
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
  ['pdm.lock', 'pdm'],
  ['Pipfile.lock', 'pipenv'],
];

/** Requirements that everybody who works there needs; others, e.g. of documentation, are named. */
const common =
  /^(requirements|(dev|test)[-_.]?requirements|requirements[-_.](dev|devel|development|test|tests|testing))\.txt$/;
const anyRequirements = /^([\w.-]*requirements[\w.-]*)\.(txt|in)$/;

export const python: Detector = {
  language: 'Python',
  locks: [...locks.map(([file]) => file), 'requirements.txt'],
  async detect(folder) {
    const project = folder.files.has('pyproject.toml') ? ((await folder.read('pyproject.toml')) ?? '') : '';
    return withLock(folder, project) ?? withoutLock(folder, project);
  },
};

/** Of several lock files, that of the manager which pyproject.toml names. */
function withLock(folder: Folder, project: string): Found | null {
  const there = locks.filter(([file]) => folder.files.has(file));
  const named = there.filter(([, manager]) => new RegExp(`^\\[tool\\.${manager}[.\\]]`, 'm').test(project));
  const [file, manager] = (named.length === 1 ? named[0] : there[0]) ?? [];
  const way = manager ? ways[manager]?.(true) : undefined;
  if (!file || !way) return null;
  return {
    source: file,
    ...way,
    notes: leftOver(
      file,
      there.map(([name]) => name).filter(is => is !== file),
    ),
  };
}

function withoutLock(folder: Folder, project: string): Found | null {
  const noLock = (source: string) =>
    `${source} has no lock file: the newest versions that it allows were installed.`;
  for (const manager of ['poetry', 'pdm', 'uv']) {
    const way = new RegExp(`^\\[tool\\.${manager}\\]`, 'm').test(project)
      ? ways[manager]?.(false)
      : undefined;
    if (way)
      return {
        source: 'pyproject.toml',
        ...way,
        notes: [noLock('pyproject.toml')],
        also: ['pyproject.toml'],
      };
  }
  const pipenv = folder.files.has('Pipfile') ? ways.pipenv?.(false) : undefined;
  if (pipenv) return { source: 'Pipfile', ...pipenv, notes: [noLock('Pipfile')], also: ['Pipfile'] };
  return withPip(folder, project);
}

/** Requirements, else the project itself: hatch, setuptools, flit and others build with what pip fetches for them. */
function withPip(folder: Folder, project: string): Found | null {
  const found = [...folder.files].filter(name => anyRequirements.test(name)).toSorted();
  const mine = found.filter(name => common.test(name)).toSorted((a, b) => a.length - b.length);
  const notes = found
    .filter(name => !mine.includes(name) && name.endsWith('.txt'))
    .map(name => `${name} is not installed; say so in install where it is needed.`);
  const [first] = mine.includes('requirements.txt') ? ['requirements.txt'] : mine;
  if (first) {
    const install = `${pip} ${mine.map(name => `--requirement ${name}`).join(' ')}`;
    return { source: first, install, caches: ['.cache/pip'], notes, also: mine };
  }
  const setup = has(folder, 'setup.py', 'setup.cfg');
  const isProject = /^\[(project|build-system)\]/m.test(project);
  if (isProject || setup)
    return {
      source: isProject ? 'pyproject.toml' : (setup ?? ''),
      install: `${pip} --editable .`,
      caches: ['.cache/pip'],
      notes,
      also: ['pyproject.toml', 'setup.py', 'setup.cfg'].filter(name => folder.files.has(name)),
    };
  const conda = has(folder, 'environment.yml', 'environment.yaml');
  if (conda)
    return {
      source: conda,
      notes: [...notes, `${conda} is not used: conda is not in our base image. Name an image that has it.`],
    };
  return notes.length > 0 ? { source: found[0] ?? '', notes } : null;
}
