import { normalizeFileName } from 'bippy/source';

/** The path of a source file, as near to the repository's as a page can say. */
export function fileOf(given: string): string {
  let file = normalizeFileName(given) || given;
  if (URL.canParse(file) && /^(https?|file|webpack|webpack-internal|turbopack|vite):/.test(file))
    file = new URL(file).pathname;
  return file
    .replace(/[?#].*$/, '')
    .replace(/^\/?@fs\//, '/')
    .replace(/^(\.\/)+/, '')
    .replace(/^\/(?=(src|app|pages|components|lib|packages|client|frontend)\/)/, '')
    .slice(0, 500);
}
