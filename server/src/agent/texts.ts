import { readFileSync } from 'node:fs';

/** Texts for the model are files of their own, read once. */
export const promptText = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8').trim();

/** Puts values into `{{name}}` places; a place without a value is an error, not an empty string. */
export function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {{${name}}}`);
    return value;
  });
}
