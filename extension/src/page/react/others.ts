import { defaultBounds, summariseAll } from './summarise.ts';
import type { RawAnswer, RawComponent } from './wire.ts';

/** Names that other frameworks leave on their elements. */
type VueInstance = {
  type?: { name?: string; __name?: string; __file?: string };
  parent?: VueInstance | null;
  props?: object;
  appContext?: { app?: { version?: string } };
};
type VueElement = { __vueParentComponent?: VueInstance };
type SvelteElement = {
  __svelte_meta?: { loc?: { file?: string; line?: number; column?: number; char?: number } };
};

const componentsMax = 24;

function around<T>(element: Element, read: (element: Element) => T | undefined): T | undefined {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const found = read(at);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function vueOf(element: Element, fields: boolean): RawAnswer | null {
  const nearest = around(element, at => (at as VueElement).__vueParentComponent);
  if (!nearest) return null;
  const components: RawComponent[] = [];
  for (
    let at: VueInstance | null | undefined = nearest;
    at && components.length < componentsMax;
    at = at.parent
  ) {
    const file = at.type?.__file;
    const name =
      at.type?.name ??
      at.type?.__name ??
      file
        ?.split('/')
        .at(-1)
        ?.replace(/\.vue$/, '');
    components.push({
      name: String(name ?? 'Anonymous').slice(0, 200),
      source: file ? { file: String(file), by: 'debug' } : undefined,
      props: fields ? summariseAll(at.props, defaultBounds) : undefined,
    });
  }
  return { framework: 'vue', version: nearest.appContext?.app?.version, components };
}

/** Svelte notes the file in its development build only. */
export function svelteOf(element: Element): RawAnswer | null {
  const loc = around(element, at => (at as SvelteElement).__svelte_meta?.loc);
  if (!loc?.file) return null;
  const file = String(loc.file);
  const name = (file.split('/').at(-1) ?? file).replace(/\.svelte$/, '');
  const line = loc.line === undefined ? undefined : loc.line + 1;
  return {
    framework: 'svelte',
    build: 'development',
    components: [{ name, source: { file, line, column: loc.column, by: 'debug' } }],
  };
}
