import { normalizeFileName } from 'bippy/source';

/** The path of a source file, as near to the repository's as a page can say. */
export function fileOf(given: string): string {
  const isAddress = /^(https?|webpack|webpack-internal|turbopack|vite):/.test(given);
  let file = normalizeFileName(given) || given;
  if (URL.canParse(file) && /^(https?|file|webpack|webpack-internal|turbopack|vite):/.test(file))
    file = new URL(file).pathname;
  return (
    file
      .replace(/[?#].*$/s, '')
      .replace(/^\/?@fs\//, '/')
      .replace(/^(\.\/)+/, '')
      // What a server serves begins at its root; a path of a machine stays as it is.
      .replace(/^\/+/, slashes => (isAddress ? '' : slashes))
      .replace(/^\/(?=(src|app|pages|components|lib|packages|client|frontend)\/)/, '')
      .slice(0, 500)
  );
}
