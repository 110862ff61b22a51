/** Where previews are: each an origin of its own, apart from the page's, so that nothing in it shares its cookies. */
export type PreviewPlaces = {
  urlOf(name: string): string;
  /** The preview that a Host header names; null where it names none. */
  nameOf(host: string | undefined): string | null;
  secure: boolean;
};

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** `base` is the operator's choice. On this machine browsers take every name under localhost for it; null: none. */
export function previewPlaces(base: string | undefined, publicUrl: string): PreviewPlaces | null {
  const page = new URL(publicUrl);
  if (!base && !loopback.test(page.hostname)) return null;
  const url = new URL(base ?? `${page.protocol}//localhost${page.port ? `:${page.port}` : ''}`);
  const end = `.${url.hostname}`;
  return {
    urlOf: name => `${url.protocol}//${name}${end}${url.port ? `:${url.port}` : ''}`,
    nameOf(host) {
      const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
      const label = name.endsWith(end) ? name.slice(0, -end.length) : '';
      return /^[0-9a-f]{32}$/.test(label) ? label : null;
    },
    secure: url.protocol === 'https:',
  };
}
