import { z } from 'zod';

/**
 * What a server asks of the program that keeps disks, a line of JSON each, and what it answers, in any order. Both sides
 * check what they get.
 */
export const DiskId = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'is no id of a disk');
export const DiskName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$/, 'is no name for a disk');
const bytes = z.number().int().nonnegative();
/** Kept beside a named disk, as it was given. */
const About = z.looseObject({});

export const DiskRequest = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('make'), id: DiskId, bytes: bytes.positive() }),
  /**
   * A disk that begins as a copy of a named one, and is at least so large. `isLast`: nobody else will begin from it, so
   * where a copy costs time the disk may be the named one itself.
   */
  z.strictObject({
    op: z.literal('copy'),
    name: DiskName,
    id: DiskId,
    bytes,
    isLast: z.boolean().optional(),
  }),
  z.strictObject({ op: z.literal('drop'), id: DiskId }),
  z.strictObject({ op: z.literal('list') }),
  /** The disk of a running sandbox, as it is now, under a name. */
  z.strictObject({ op: z.literal('keep'), id: DiskId, name: DiskName, about: About }),
  /** The disk itself gets the name, beside its own: it may be dropped then. */
  z.strictObject({ op: z.literal('link'), id: DiskId, name: DiskName, about: About }),
  z.strictObject({ op: z.literal('forget'), name: DiskName }),
  z.strictObject({ op: z.literal('named') }),
  z.strictObject({ op: z.literal('usage') }),
  /** Removes what copies left that did not come to their end, and is older. */
  z.strictObject({ op: z.literal('tidy'), olderThanMs: bytes }),
]);
export type DiskRequest = z.infer<typeof DiskRequest>;
export type DiskOp = DiskRequest['op'];
export type RequestOf<O extends DiskOp> = Extract<DiskRequest, { op: O }>;

const ageMs = z.number();
const Nothing = z.object({});
const Kept = z.object({ bytes });

/** What each request is answered with. */
export const diskAnswers = {
  make: Nothing,
  copy: z.object({ about: About }),
  drop: Nothing,
  list: z.object({ disks: z.array(z.object({ id: z.string(), ageMs })) }),
  keep: Kept,
  link: Kept,
  forget: Nothing,
  named: z.object({
    /** `bytes`: what it holds, also where it shares that with other disks. */
    disks: z.array(z.object({ name: z.string(), ageMs, bytes, about: About })),
  }),
  /** `usedBytes`: what is shared counts once. Free in the store, and on the disk of the engine. */
  usage: z.object({ usedBytes: z.number(), storeFreeBytes: bytes, hostFreeBytes: bytes }),
  tidy: Nothing,
} satisfies Record<DiskOp, z.ZodType>;
export type DiskAnswer<O extends DiskOp> = z.infer<(typeof diskAnswers)[O]>;

/** `no_budget`: the deployment may use no more; `no_space`: the engine has no more. */
export const DiskFaultCode = z.enum([
  'bad_request',
  'exists',
  'not_found',
  'no_space',
  'no_budget',
  'failed',
]);
export type DiskFaultCode = z.infer<typeof DiskFaultCode>;

/**
 * How copies are made. `reflink`: they share their blocks; `sparse`: they cost time and space; `folder`: a disk is a folder
 * rather than a file system of its own, for engines that cannot mount one: it has no size, and copies cost time.
 */
export const StoreMode = z.enum(['reflink', 'sparse', 'folder']);
export type StoreMode = z.infer<typeof StoreMode>;

/** Request 0 is answered before anything was asked: with how copies are made, or why there is no store. */
export const DiskReply = z.union([
  z.object({ request: z.number().int().nonnegative(), ok: z.literal(true), answer: z.unknown() }),
  z.object({
    request: z.number().int().nonnegative(),
    ok: z.literal(false),
    code: DiskFaultCode,
    message: z.string(),
  }),
]);
export type DiskReply = z.infer<typeof DiskReply>;
/** `hasImages`: folders were opened where disks lie that are file systems in files. */
export const Opened = z.object({ mode: StoreMode, hasImages: z.boolean().optional() });
