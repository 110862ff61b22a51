import { creator } from '@secretlint/secretlint-rule-preset-recommend';

export type Found = { from: number; to: number; kind: string };

type Report = { range: readonly [number, number] };
type Rule = {
  meta: { id: string };
  create: (context: object, options: object) => { file?: (source: object) => unknown };
};

/** Secretlint's own list of what keys of known services look like. */
const rules = (creator as unknown as { rules: Rule[] }).rules;

let found: Found[] = [];
const checks = rules.flatMap(rule => {
  const kind = rule.meta.id.replace(/^.*secretlint-rule-/, '');
  const context = {
    createTranslator: () => (id: string) => ({ message: id, messageId: id, data: {} }),
    report: ({ range }: Report) => void found.push({ from: range[0], to: range[1], kind: `${kind} key` }),
    ignore: () => {},
    sharedOptions: {},
  };
  const { file } = rule.create(context, {});
  return file ? [file] : [];
});

/** Keys of known services in a text. */
export function findServiceKeys(text: string): Found[] {
  found = [];
  const source = { filePath: 'page.txt', content: text, contentType: 'text', ext: '.txt' };
  for (const check of checks) {
    try {
      // The rules that answer with a promise report before they first wait.
      void Promise.resolve(check(source)).catch(() => {});
    } catch {
      // One list that fails on a strange text must not let the others go unread.
    }
  }
  return found;
}
