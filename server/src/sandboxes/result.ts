/** A subset of the contract's error codes: what can go wrong with a sandbox. */
export type SandboxErrorCode =
  | 'engine_down'
  | 'sandbox_lost'
  | 'disk_full'
  | 'not_found'
  | 'bad_request'
  | 'internal';

/** `message` is one sentence for a person, saying what to do where something can be done. */
export type Failure<Code extends string = SandboxErrorCode> = { ok: false; code: Code; message: string };

/** Expected failure is data. */
export type Result<T extends object = object, Code extends string = SandboxErrorCode> =
  | ({ ok: true } & T)
  | Failure<Code>;

export const failure = <Code extends string>(code: Code, message: string): Failure<Code> => ({
  ok: false,
  code,
  message,
});
