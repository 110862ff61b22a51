import { z } from 'zod';
import { idOf } from './ids.ts';

/** Where somebody asked, as far as the client knows; all of it is evidence and none of it an instruction. */
export const Place = z.object({
  /** Of the channel: what was chosen there before counts there again. */
  id: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
  topic: z.string().max(1000).optional(),
});
export type Place = z.infer<typeof Place>;

/** What an answer stands on, strongest evidence of it. */
export const ClassifiedBy = z.enum([
  'only',
  'named',
  'page',
  'thread',
  'channel',
  'hint',
  'typo',
  'words',
  'recent',
  'model',
  'none',
]);
export type ClassifiedBy = z.infer<typeof ClassifiedBy>;

export const RepoGuess = z.object({ repo: z.string(), confidence: z.number().min(0).max(1) });
export type RepoGuess = z.infer<typeof RepoGuess>;

/** `repo` is null where nothing is likely enough; the alternatives are then worth asking about, likeliest first. */
export const Classified = z.object({
  repo: z.string().nullable(),
  confidence: z.number().min(0).max(1),
  by: ClassifiedBy,
  alternatives: z.array(RepoGuess),
  /** The sandbox that is being made ready for `repo`. */
  warmupId: idOf('warmup').optional(),
});
export type Classified = z.infer<typeof Classified>;
