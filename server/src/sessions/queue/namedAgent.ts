import { addressedAgent } from '@deckhand/shared';

type Named = { agent?: string | undefined; text: string };

/** What a text says itself is in it already: the same text is the same request, whatever agents there are by then. */
export const agentBeside = ({ agent, text }: Named): { agent: string }[] =>
  agent && addressedAgent(text) !== agent ? [{ agent }] : [];
