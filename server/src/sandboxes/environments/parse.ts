import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import type { z } from 'zod';

export type Parsed<T> = { ok: true; value: T } | { ok: false; message: string };
type Json = Parsed<unknown>;

const mostChars = 256 * 1024;

/** JSON as the standard has it. */
export function parseJson(file: string, text: string): Json {
  if (text.length > mostChars) return wrong(file, 'the file', 'longer than 256 KiB');
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, '')) };
  } catch (error) {
    return { ok: false, message: `${file} is not JSON: ${(error as Error).message}` };
  }
}

/** JSON with comments and trailing commas. */
export function parseJsonWithComments(file: string, text: string): Json {
  if (text.length > mostChars) return wrong(file, 'the file', 'longer than 256 KiB');
  const errors: ParseError[] = [];
  const plain = text.replace(/^\uFEFF/, '');
  const value: unknown = deep(plain) ? undefined : parse(plain, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (!first && value !== undefined) return { ok: true, value };
  const line = plain.slice(0, first?.offset ?? 0).split('\n').length;
  const what = first
    ? `${printParseErrorCode(first.error)} in line ${line}`
    : 'it is empty, or nested too deep';
  return { ok: false, message: `${file} is not JSON: ${what}` };
}

/** The parser recurses. */
const deep = (text: string) => (text.match(/[[{]/g)?.length ?? 0) > 2_000;

/** A value by its schema; the message names the file and the key that is wrong. */
export function check<T extends z.ZodType>(file: string, schema: T, value: unknown): Parsed<z.infer<T>> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const { path, message } = issue ? deepest(issue) : { path: [], message: 'not as documented' };
  return wrong(file, path.map(String).join('.') || 'the file', message);
}

export const wrong = (file: string, key: string, message: string): { ok: false; message: string } => ({
  ok: false,
  message: `${file}: ${key.slice(0, 200)}: ${message}`,
});

type Issue = z.core.$ZodIssue;
type Place = { path: PropertyKey[]; message: string };

/** Of a key that is none of several forms, what is wrong with the form that it comes closest to. */
function deepest(issue: Issue): Place {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys')
    return { path: [...path, ...issue.keys.slice(0, 1)], message: 'this key is not known' };
  if (issue.code === 'invalid_key') return { path, message: issue.issues[0]?.message ?? message };
  if (issue.code !== 'invalid_union') return { path, message };
  const closest = issue.errors
    .flatMap(errors => errors.slice(0, 1))
    .filter(inner => inner.path.length > 0 || inner.code === 'unrecognized_keys')
    .map(deepest);
  const [best] = closest.toSorted((a, b) => b.path.length - a.path.length);
  return best ? { path: [...path, ...best.path], message: best.message } : { path, message };
}
