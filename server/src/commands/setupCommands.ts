import { failure } from '@deckhand/shared';
import { may } from '../identity/identity.ts';
import { type CheckOptions, checkGithub } from '../setup/checkGithub.ts';
import type { Handlers } from './handlers.ts';

/** What an admin asks of the set-up. */
export function setupCommands(options: CheckOptions): Pick<Handlers, 'github.check'> {
  return {
    async 'github.check'(who) {
      if (!may(who, 'admin')) return failure('not_found', 'Only an admin may look at how GitHub is set up.');
      return { ok: true, ...(await checkGithub(options)) };
    },
  };
}
