import { type PageAnswer, type PageAsk, pageGone } from '@deckhand/shared';
import { useEffect, useRef } from 'react';
import { isAllowedHost } from '../../settings.ts';
import type { SharedProps } from '../panelProps.ts';
import { renderedLook } from '../render.ts';

type Props = Pick<SharedProps, 'client' | 'settings' | 'page' | 'picks'>;

const no = (message: string): PageAnswer => ({ ok: false, message });

/** Answers where the agent asks for more of what was picked here; the page shows what it looks at. */
export function useCloseLooks(props: Props): void {
  const { client } = props;
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    // The server asks again while it waits.
    const answering = new Set<string>();
    return client.onPageAsk(ask => {
      if (answering.has(ask.callId)) return;
      answering.add(ask.callId);
      void answerOf(now.current, ask).then(async answer => {
        const { sessionId, callId } = ask;
        if (answer) await client.command('page.answer', { sessionId, callId, answer });
        answering.delete(callId);
      });
    });
  }, [client]);
}

/** Null: another panel of this person sent that pick. */
async function answerOf({ settings, page, picks }: Props, ask: PageAsk): Promise<PageAnswer | null> {
  const pick = picks.sentWith(ask.sessionId).findLast(({ pickId }) => pickId === ask.pickId);
  if (!pick) return null;
  if (!isAllowedHost(new URL(pick.capture.page.url).hostname, settings.allowedHosts))
    return no('An administrator keeps the sidebar to other sites than this page’s.');
  if (pick.struck.size > 0)
    return no('The person struck something out of this pick, so nothing more of it is read.');
  const link = page.linkOf(ask.pickId);
  if (!link) return no(pageGone);
  const expanded = await link.expand(ask.pickId, ask.node, settings.redactSelectors);
  if (expanded === null) return no(pageGone);
  if (expanded === 'gone') return no(`#${ask.node} is no part of this pick, or not on the page any more.`);
  const { text } = await renderedLook({ pickId: ask.pickId, ...expanded }, settings.captureTokens);
  return { ok: true, text };
}
