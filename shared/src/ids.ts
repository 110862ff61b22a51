import { z } from 'zod';

/** Ids are URL-safe strings with a prefix that names their kind: `ses_4kQ…`. */
export const idPrefixes = {
  session: 'ses',
  prompt: 'prm',
  turn: 'trn',
  message: 'msg',
  call: 'cal',
  sandbox: 'sbx',
  warmup: 'wrm',
  image: 'img',
  build: 'bld',
  artifact: 'art',
  attachment: 'att',
  change: 'chg',
  user: 'usr',
  token: 'tok',
  pick: 'pck',
  grant: 'grt',
  task: 'tsk',
  board: 'brd',
  group: 'grp',
  workflow: 'wfl',
  control: 'ctl',
} as const;
export type IdKind = keyof typeof idPrefixes;

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz';

/** A fresh random id of 20 characters behind its prefix (about 114 bits). */
export function newId(kind: IdKind): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  let id = `${idPrefixes[kind]}_`;
  for (const byte of bytes) id += alphabet[byte % alphabet.length];
  return id;
}

/** The schema of one kind's ids. */
export const idOf = (kind: IdKind) =>
  z.string().regex(new RegExp(`^${idPrefixes[kind]}_[A-Za-z0-9]{6,40}$`), `not a ${kind} id`);

/** Chosen by the client, so that a retried command is the same command. */
export const RequestId = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.:-]+$/, 'letters, digits and . : _ - only');
