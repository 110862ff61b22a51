import { failure, type Result } from '@deckhand/shared';
import { parseDocument } from 'yaml';
import { check } from '../sandboxes/environments/parse.ts';
import { Policy } from './policy.ts';

/** A file larger than this is no policy that somebody wrote. */
const mostChars = 200_000;

/** A policy as it is written. A mistake names the file and the key. */
export function parsePolicy(name: string, text: string): Result<{ policy: Policy }> {
  if (text.length > mostChars)
    return failure('bad_request', `${name}: a policy has at most ${mostChars} characters.`);
  let value: unknown;
  try {
    // Aliases multiply: a small file must not become a large one.
    const document = parseDocument(text, { uniqueKeys: true });
    const [problem] = document.errors;
    if (problem) return failure('bad_request', `${name}: ${problem.message.split('\n')[0]}`);
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return failure('bad_request', `${name}: ${error instanceof Error ? error.message : 'not YAML'}`);
  }
  const checked = check(name, Policy, value ?? {});
  return checked.ok ? { ok: true, policy: checked.value } : failure('bad_request', checked.message);
}
