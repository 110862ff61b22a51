import { defaultBounds, summariseAll } from './summarise.ts';
import type { RawAnswer, RawComponent } from './wire.ts';

/** Names that other frameworks leave on their elements. */
type VueInstance = {
  type?: { name?: string; __name?: string; __file?: string };
  parent?: VueInstance | null;
  props?: object;
  subTree?: Vnode;
  appContext?: { app?: { version?: string } };
};
type Vnode = {
  el?: unknown;
  component?: VueInstance | null;
  suspense?: { activeBranch?: Vnode } | null;
  children?: unknown;
};
type VueElement = { __vueParentComponent?: VueInstance; __vue_app__?: unknown; _vnode?: Vnode };
type SveltePlace = { file?: string; line?: number; column?: number };
/** Where an element's component is used, and that one's in turn; blocks (`if`, `each`) lie between. */
type SvelteUse = SveltePlace & { type?: string; parent?: SvelteUse | null };
type SvelteElement = {
  __svelte_meta?: { loc?: SveltePlace & { char?: number }; parent?: SvelteUse | null };
};

const componentsMax = 24;

function around<T>(element: Element, read: (element: Element) => T | undefined): T | undefined {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const found = read(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Vue's production build notes nothing on elements but its whole tree on the app's root. */
const vnodesMax = 50_000;
let walked: { root: Element; owners: Map<Element, VueInstance> } | null = null;

function ownersUnder(root: Element): Map<Element, VueInstance> {
  if (walked?.root === root) return walked.owners;
  const owners = new Map<Element, VueInstance>();
  const open: { vnode: Vnode; by: VueInstance | null }[] = [];
  const add = (vnode: unknown, by: VueInstance | null) => {
    if (typeof vnode === 'object' && vnode !== null) open.push({ vnode, by });
  };
  add((root as VueElement)._vnode, null);
  for (let n = 0, at = open.pop(); at && n < vnodesMax; at = open.pop(), n++) {
    const { vnode, by } = at;
    if (vnode.component) add(vnode.component.subTree, vnode.component);
    else if (vnode.suspense) add(vnode.suspense.activeBranch, by);
    else {
      if (by && vnode.el instanceof Element) owners.set(vnode.el, by);
      if (Array.isArray(vnode.children)) for (const child of vnode.children) add(child, by);
    }
  }
  walked = { root, owners };
  // Asked about each element of a capture in one go; a moment later the tree may be another.
  queueMicrotask(() => {
    walked = null;
  });
  return owners;
}

function vueInstanceOf(element: Element): { nearest: VueInstance; build?: 'production' } | null {
  const noted = around(element, at => (at as VueElement).__vueParentComponent);
  if (noted) return { nearest: noted };
  const root = around(element, at => ((at as VueElement).__vue_app__ ? at : undefined));
  const owners = root && ownersUnder(root);
  const nearest = owners && around(element, at => owners.get(at));
  return nearest ? { nearest, build: 'production' } : null;
}

const nameOfFile = (file: string | undefined) =>
  file && /(?:^|[/\\])([^/\\]+)\.(?:vue|svelte)$/.exec(file)?.[1];

export function vueOf(element: Element, fields: boolean): RawAnswer | null {
  const found = vueInstanceOf(element);
  if (!found) return null;
  const { nearest, build } = found;
  const components: RawComponent[] = [];
  let at: VueInstance | null | undefined = nearest;
  for (; at && components.length < componentsMax; at = at.parent) {
    const file = at.type?.__file;
    const name = at.type?.name ?? at.type?.__name ?? nameOfFile(file);
    components.push({
      name: String(name ?? 'Anonymous').slice(0, 200),
      source: file ? { file: String(file), by: 'debug' } : undefined,
      props: fields ? summariseAll(at.props, defaultBounds) : undefined,
    });
  }
  return { framework: 'vue', version: nearest.appContext?.app?.version, build, components };
}

/** Svelte notes places in its development build only; 4 counts lines from 0, and says the letter's number besides. */
export function svelteOf(element: Element): RawAnswer | null {
  const meta = around(element, at => ((at as SvelteElement).__svelte_meta?.loc ? at : undefined));
  const { loc, parent } = (meta as SvelteElement | undefined)?.__svelte_meta ?? {};
  if (!loc?.file) return null;
  const first = loc.char === undefined ? 0 : 1;
  const placeOf = ({ file, line, column }: SveltePlace) =>
    ({
      file: String(file),
      line: line === undefined ? undefined : line + first,
      column,
      by: 'debug',
    }) as const;
  const componentOf = (place: SveltePlace): RawComponent => ({
    name: nameOfFile(String(place.file)) ?? String(place.file),
    source: placeOf(place),
  });
  const components = [componentOf(loc)];
  let at = parent;
  for (let n = 0; at && n < 200 && components.length < componentsMax; at = at.parent, n++) {
    if (at.type !== 'component' || !at.file) continue;
    const used = components.at(-1);
    if (used) used.usedAt = placeOf(at);
    components.push(componentOf(at));
  }
  return { framework: 'svelte', build: 'development', components };
}
