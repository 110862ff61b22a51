import type { IncomingMessage } from 'node:http';
import type { Minted } from './github.ts';

/** Who sent a request: a person, or the App on some repositories with some rights. */
export type Caller =
  | { kind: 'person'; login: string }
  | { kind: 'app'; repositories: string[]; permissions: Record<string, string> }
  | null;

export function callerOf(
  request: IncomingMessage,
  known: { minted: readonly Minted[]; loginOf: (token: string) => string | null },
): Caller {
  const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const grant = known.minted.find(each => each.token === token);
  if (grant) return { kind: 'app', repositories: grant.repositories, permissions: grant.permissions };
  const login = known.loginOf(token);
  return login === null ? null : { kind: 'person', login };
}

/** Whether GitHub lets an App's token do this: reading is part of writing. */
export function appMay(
  caller: Caller,
  repo: string,
  [permission, level]: readonly [string, 'read' | 'write'],
): boolean {
  if (caller?.kind !== 'app') return false;
  const given = caller.permissions[permission];
  const name = repo.split('/')[1] ?? '';
  return caller.repositories.includes(name) && (given === 'write' || given === level);
}
