import { type Bundle, bundle } from '../extension/bundle.ts';
import { internalApp } from '../extension/internalApp.ts';
import { many } from '../extension/pages.ts';
import { htmlOf, type Site } from '../extension/site.ts';

/** A part of a page that is picked, and what a capture of it should say of the code. */
export type Part = {
  page: string;
  path: string;
  selector: string;
  /** Arrow keys up from there. */
  up: number;
  tag: string;
  /** Who drew it; null where no framework did. */
  component: string | null;
  /** Where that is written; null where the build does not have it. */
  file: string | null;
};

const builds: Bundle[] = [
  { version: 19, mode: 'development', entry: 'start19' },
  { version: 19, mode: 'production', entry: 'start19' },
  { version: 18, mode: 'development', entry: 'start19' },
  { version: 18, mode: 'production', entry: 'start19' },
  { version: 18, mode: 'development', entry: 'startLegacy' },
  { version: 18, mode: 'production', entry: 'startLegacy' },
];

const nameOf = ({ version, mode, entry }: Bundle) =>
  `React ${version}${entry === 'startLegacy' ? ' by its old root' : ''}, ${mode}`;

async function putBundle(site: Site, build: Bundle, css = ''): Promise<string> {
  const path = `/${build.entry}-${build.version}-${build.mode}`;
  site.put(`${path}.js`, { type: 'text/javascript', body: await bundle(build) });
  const body = `<div id="root"></div><script src="${path}.js"></script>`;
  site.put(path, { body: htmlOf(body, `<style>${css}</style>`) });
  return path;
}

const ordersFile = 'test/extension/apps/orders.tsx';

/** The orders app in one build: a production build names a file only where a plugin wrote it onto the element. */
async function orders(site: Site, build: Bundle): Promise<Part[]> {
  const page = nameOf(build);
  const path = await putBundle(site, build);
  const isDev = build.mode === 'development';
  const at = { page, path, file: isDev ? ordersFile : null };
  const row = { ...at, selector: 'tr.row td' };
  const file = isDev ? ordersFile : 'src/orders/SaveButton.tsx';
  return [
    { ...at, selector: 'button.primary', up: 0, tag: 'button', component: 'SaveButton', file },
    { ...at, selector: 'button.primary', up: 1, tag: 'form', component: 'App' },
    { ...row, up: 1, tag: 'tr', component: 'OrderRow' },
    { ...row, up: 3, tag: 'table', component: 'OrderTable' },
    { ...row, up: 4, tag: 'main', component: 'App' },
  ];
}

/** Utility classes, icons, cards: what HTML of a modern app looks like. */
async function dashboard(site: Site, mode: Bundle['mode']): Promise<Part[]> {
  const build: Bundle = { version: 19, mode, entry: 'dashboard' };
  const path = await putBundle(
    site,
    build,
    'svg { width: 20px } form { display: flex } table { width: 100% }',
  );
  const file = mode === 'development' ? 'test/extension/apps/dashboard.tsx' : null;
  const at = { page: `Dashboard with utility classes, React 19, ${mode}`, path, file };
  return [
    { ...at, selector: 'button.apply', up: 0, tag: 'button', component: 'FilterBar' },
    { ...at, selector: 'button.apply', up: 1, tag: 'form', component: 'FilterBar' },
    { ...at, selector: '.cards p', up: 1, tag: 'section', component: 'Card' },
    { ...at, selector: '.cards p', up: 2, tag: 'div', component: 'Dashboard' },
    { ...at, selector: 'tr.order td', up: 1, tag: 'tr', component: 'OrderLine' },
    { ...at, selector: 'tr.order td', up: 3, tag: 'table', component: 'Dashboard' },
    { ...at, selector: 'tr.order td', up: 4, tag: 'main', component: 'Dashboard' },
  ];
}

/** No bundler, no source attributes, and names that are others at each run. */
async function unbundled(site: Site): Promise<Part[]> {
  const app = await internalApp();
  for (const [path, body] of Object.entries(app.files))
    if (path.endsWith('.js')) site.put(`/${path}`, { type: 'text/javascript', body });
  site.put('/unbundled', { body: app.files['index.html'] ?? '' });
  const { component, file } = app;
  const at = { page: 'React 19, development, no bundler', path: '/unbundled', selector: 'button.primary' };
  return [
    { ...at, up: 0, tag: 'button', component, file },
    { ...at, up: 1, tag: 'main', component: 'App', file: 'src/main.js' },
  ];
}

export const manyPages = [
  { name: '10,000 nodes, no framework', path: '/many' },
  { name: '10,000 nodes, React 19, production', path: '/many-19-production' },
  { name: '10,000 nodes, React 19, development', path: '/many-19-development' },
] as const;

async function manyNodes(site: Site): Promise<Part[]> {
  site.put('/many', { body: many(10_000) });
  for (const mode of ['production', 'development'] as const)
    await putBundle(site, { version: 19, mode, entry: 'many' });
  return manyPages.flatMap(({ name: page, path }): Part[] => {
    const drawn = page.includes('React');
    const file = page.includes('development') ? 'test/extension/apps/many.tsx' : null;
    const list = { page, path, selector: 'h1', up: 1, tag: 'main', component: drawn ? 'Many' : null, file };
    const row = {
      page,
      path,
      selector: 'li.row span',
      up: 1,
      tag: 'li',
      component: drawn ? 'Row' : null,
      file,
    };
    return [row, list];
  });
}

export async function putPages(site: Site): Promise<Part[]> {
  const parts = await Promise.all([
    ...builds.map(build => orders(site, build)),
    dashboard(site, 'development'),
    dashboard(site, 'production'),
    unbundled(site),
    manyNodes(site),
  ]);
  return parts.flat();
}
