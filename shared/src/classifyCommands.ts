import { z } from 'zod';
import { Classified, Place } from './classify.ts';
import { http } from './httpForm.ts';
import { limits } from './limits.ts';
import { OnBehalfOf } from './people.ts';

const onBehalfOf = OnBehalfOf.optional();
const nothing = z.looseObject({});

/** Which repository is meant, and what people say it was. */
export const classifyCommands = {
  /**
   * Which repository a message is about. `among`: no other counts. Nothing that the asker may not see is ever answered,
   * whatever the message says.
   */
  'repo.classify': {
    input: z.object({
      text: z.string().max(limits.promptChars),
      thread: z.array(z.string().max(4000)).max(50).default([]),
      channel: Place.optional(),
      url: z.string().max(2000).optional(),
      among: z.array(z.string()).max(500).optional(),
      /** A sandbox of the likeliest one is made ready meanwhile. */
      warm: z.boolean().default(false),
      onBehalfOf,
    }),
    output: Classified,
    http: http('POST', '/repos/classify'),
    socket: false,
  },
  /** Somebody said which repository a channel's message was about: a hint for the next one there. */
  'repo.choose': {
    input: z.object({ repo: z.string(), channel: Place, onBehalfOf }),
    output: nothing,
    http: http('POST', '/repos/:repo/choices'),
    socket: false,
  },
} as const;
