import { posix } from 'node:path';
import type { Detector, Found } from './detectors/detector.ts';
import { javascript } from './detectors/javascript.ts';
import { others } from './detectors/others.ts';
import { python } from './detectors/python.ts';
import { versionNotes } from './detectors/versions.ts';
import type { Environment } from './environment.ts';
import { environmentPath } from './environmentFile.ts';
import { folderOf, type Tree } from './tree.ts';

/** What a repository without a word about itself needs, as far as its files tell. */
export type Guess = Pick<Environment, 'guesses' | 'caches' | 'notes' | 'missing' | 'lockFiles'> & {
  source: string;
};

/** One for each language: a repository may have several. */
const detectors: Detector[] = [javascript, python, ...others];

/** `base`: it runs on our base image, whose tools are known. Else what the image has is not known, and is tried. */
export async function detect(tree: Tree, { base }: { base: boolean }): Promise<Guess> {
  const all = await Promise.all(detectors.map(each => ofLanguage(tree, each)));
  const found = all.flatMap(each => each.found);
  const mine = found.map(each => (base && each.lacks ? withoutTools(each, each.lacks) : each));
  const guesses = mine.flatMap(({ install: command, folder, source }) =>
    command
      ? [
          {
            source: posix.join(folder, source),
            command: folder === '.' ? command : `cd ${quoted(folder)} && ${command}`,
          },
        ]
      : [],
  );
  const notes = [
    ...mine.flatMap(each => each.notes ?? []),
    ...all.flatMap(each => each.left),
    ...(base ? await versionNotes(folderOf(tree, '.')) : []),
  ];
  return {
    source: mine.map(each => posix.join(each.folder, each.source)).join(', ') || 'none',
    guesses,
    caches: [...new Set(mine.flatMap(each => (each.install ? (each.caches ?? []) : [])))],
    lockFiles: mine.flatMap(({ folder, source, also = [] }) =>
      [...new Set([source, ...also])].map(name => posix.join(folder, name)),
    ),
    notes,
    missing: mine.flatMap(({ missing }) => missing ?? []),
  };
}

/** `missing`: the sentence of its notes that says what our base image lacks. */
type Placed = Found & { folder: string; missing?: string };

const quoted = (path: string) =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;

function withoutTools(found: Placed, { language, image }: { language: string; image: string }): Placed {
  const { install, ...rest } = found;
  const note = `This repository uses ${language}, which our base image does not have: nothing was installed for it. Name an image that has it in ${environmentPath}, e.g. {"image": "${image}", "install": ${JSON.stringify(install)}}.`;
  return { ...rest, notes: [...(found.notes ?? []), note], missing: note };
}

/** Projects below the top are at most so deep, and so many. */
const deepest = 3;
const mostFolders = 5;
/** What lies there is somebody else's, or made to be looked at by tests. */
const notOurs =
  /(^|\/)(node_modules|vendor|third_party|\.[\w-]+|tests?|__tests__|testdata|fixtures?|__fixtures__|e2e|examples?|samples?|templates?|benchmarks?|docs?)(\/|$)/i;

/** At the top, where lock files of workspaces below belong to it; else in the folders that have a lock file. */
async function ofLanguage(tree: Tree, detector: Detector): Promise<{ found: Placed[]; left: string[] }> {
  const below = [
    ...new Set(
      tree.paths.flatMap(path => {
        const folder = posix.dirname(path);
        const isLock = detector.locks.includes(posix.basename(path));
        return isLock && folder !== '.' && !notOurs.test(folder) ? [folder] : [];
      }),
    ),
  ].toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  const top = await detector.detect(folderOf(tree, '.'));
  if (top) return { found: [{ ...top, folder: '.' }], left: left(below, detector) };
  const near = below.filter(folder => depth(folder) <= deepest).slice(0, mostFolders);
  const found = await Promise.all(
    near.map(async folder => {
      const one = await detector.detect(folderOf(tree, folder));
      return one ? [{ ...one, folder, notes: (one.notes ?? []).map(note => `${folder}: ${note}`) }] : [];
    }),
  );
  return { found: found.flat(), left: left(below.slice(near.length), detector) };
}

const depth = (path: string) => path.split('/').length;

function left(folders: string[], { language }: Detector): string[] {
  if (folders.length === 0) return [];
  const shown = folders.slice(0, mostFolders).join(', ');
  const more = folders.length > mostFolders ? ` and ${folders.length - mostFolders} more` : '';
  return [
    `Lock files of ${language} in ${shown}${more} are left: where they are no part of what is installed at the top, say so in install of ${environmentPath}.`,
  ];
}
