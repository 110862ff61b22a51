import type { Folder } from '../tree.ts';

/** What one folder of a repository needs for one language. */
export type Found = {
  /** The file that tells it. */
  source: string;
  /** Run in that folder. */
  install?: string | undefined;
  /** Directories in the home. */
  caches?: string[];
  /** Sentences for people: what was found there and is not done. */
  notes?: string[];
  /** Files, besides the known lock files, of which a change wants another install. */
  also?: string[];
  /** What our base image lacks: there nothing is installed, elsewhere it is tried. */
  lacks?: { language: string; image: string };
};

export type Detector = {
  language: string;
  /** Files that make a folder a project of its own, also below the top. */
  locks: readonly string[];
  /** Null: nothing of this language there. */
  detect(folder: Folder): Promise<Found | null>;
};

/** The manager becomes a command of the sandbox, since scripts of the repository call it by its name. */
export const globally = (manager: string) => `npm install --global --no-audit --no-fund ${manager}`;

export const has = (folder: Folder, ...names: string[]) => names.find(name => folder.files.has(name));

/** A sentence about lock files that are left, where several tell different things. */
export const leftOver = (counts: string, left: string[]): string[] =>
  left.length > 0 ? [`${left.join(' and ')} beside ${counts}: only ${counts} counts.`] : [];
