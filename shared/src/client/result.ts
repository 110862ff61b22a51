import { type Failure, WireError } from '../index.ts';

/** What goes wrong on this side of the wire. Each of these may succeed later, unchanged. */
export type LocalFailure = {
  ok: false;
  code: 'offline' | 'timeout' | 'bad_answer';
  message: string;
  retryable: true;
};
export type ClientFailure = Failure | LocalFailure;
export type ClientResult<T extends object = object> = ({ ok: true } & T) | ClientFailure;

const messages: Record<LocalFailure['code'], string> = {
  offline: 'The server cannot be reached.',
  timeout: 'The server did not answer in time.',
  bad_answer:
    'The server answered something that this client does not understand. Reload to get the newest client.',
};

export function localFailure(code: LocalFailure['code']): LocalFailure {
  return { ok: false, code, message: messages[code], retryable: true };
}

/** A failure as the wire carries it, or null where it is none. */
export function wireFailure(value: unknown): Failure | null {
  const parsed = WireError.safeParse(value);
  return parsed.success ? { ok: false, ...parsed.data } : null;
}
