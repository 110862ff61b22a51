/** What Git LFS keeps in the place of a file: which content, by its SHA-256, and how much. */
export type Pointer = { oid: string; bytes: number };

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is shorter than this, and begins so. */
export const pointerBytes = 1024;
const begins = 'version https://git-lfs.github.com/spec/v1\n';
/** Lines of extensions name programs that made the content of the file from what is kept: those are not run. */
const plain = /^oid sha256:([0-9a-f]{64})\nsize (0|[1-9]\d{0,14})\n?$/;

export const isPointer = (text: string): boolean => text.length < pointerBytes && text.startsWith(begins);

/** Null for what is no pointer, or one of which the content is not the file as it is. */
export function pointerOf(text: string): Pointer | null {
  const [, oid, bytes] = isPointer(text) ? (plain.exec(text.slice(begins.length)) ?? []) : [];
  return oid === undefined ? null : { oid, bytes: Number(bytes) };
}

/** Where the content of a pointer lies in a repository's folder, as Git LFS itself lays it out. */
export const objectPath = ({ oid }: Pick<Pointer, 'oid'>): string =>
  `lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`;
