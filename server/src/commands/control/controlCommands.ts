import { failure } from '@deckhand/shared';
import type { Act } from '../../identity/acting.ts';
import { mayType } from '../../policy/personsShell.ts';
import type { PolicyLayers } from '../../policy/policyLayers.ts';
import type { Handlers } from '../handlers.ts';
import type { Visible } from '../visible.ts';
import type { Handover } from './handover.ts';

export type ControlCommandDeps = {
  act: Act;
  visible: Visible;
  layers: Pick<PolicyLayers, 'of'>;
  handover: Handover;
};

const refused = 'You may not take control.';

/** Whoever may prompt may take a session over, as far as policy lets them type in its terminal. */
export function controlCommands({
  act,
  visible,
  layers,
  handover,
}: ControlCommandDeps): Pick<Handlers, 'control.take' | 'control.handBack'> {
  return {
    async 'control.take'(who, { sessionId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const { author: by, actor, role } = acting;
      const asked = { repoId: seen.meta.repo, by, refused };
      const allowed = await mayType({ layers, roleOf: async () => role }, asked);
      return allowed.ok ? handover.take(seen.meta, { by, actor }) : allowed;
    },

    async 'control.handBack'(who, { sessionId, requestId, note, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const { author, actor } = acting;
      const { controlRecord: record } = seen.meta;
      if (!record) return failure('bad_request', 'Nobody has control of this session.');
      if (record.by.userId !== author.userId)
        return failure('bad_request', `${record.by.name} has control. Take over first, then hand back.`);
      const promptOf = (text: string) => ({ requestId, text, attachments: [], author, actor });
      return handover.handBack(sessionId, record, { actor, note, promptOf });
    },
  };
}
