import type { Plugin } from 'vite';

/** Beside the some forty that are common; what is in none of them is shown without colours. */
const more = [
  'clojure',
  'cmake',
  'dart',
  'dockerfile',
  'elixir',
  'erlang',
  'groovy',
  'haskell',
  'julia',
  'nginx',
  'nix',
  'powershell',
  'protobuf',
  'scala',
];

/** Of highlight.js only what people write: with all of its nearly 200 languages a diff loaded a megabyte. */
export const fewerLanguages = (): Plugin => ({
  name: 'fewer-languages',
  enforce: 'pre',
  load(id) {
    if (!/\/lowlight\/lib\/all\.js$/.test(id)) return null;
    return [
      `import { grammars as common } from './common.js';`,
      ...more.map(name => `import ${name} from 'highlight.js/lib/languages/${name}';`),
      `export const grammars = { ...common, ${more.join(', ')} };`,
    ].join('\n');
  },
});
