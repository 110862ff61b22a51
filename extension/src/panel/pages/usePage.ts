import { useCallback, useEffect, useRef, useState } from 'react';
import type { FromPage } from '../../messages.ts';
import { isAllowedHost, type Settings } from '../../settings.ts';
import { linkPage, type PageLink, unpickable } from './pageLink.ts';
import { createLinks } from './pageLinks.ts';

export type PageState = {
  tabId: number | null;
  /** Told only where the sidebar may look at the tab. */
  url: string | null;
  /** Why nothing can be picked here. */
  refusal: string | null;
  linked: boolean;
};

export type Page = PageState & {
  /** The link to the tab that is shown, made where there is none yet. */
  link: () => Promise<PageLink | null>;
  /** The link to it, where there is one. */
  current: () => PageLink | null;
  /** The link that a pick was made over, while it holds: also when another tab is shown. */
  linkOf: (pickId: string) => PageLink | null;
};

const nothing: PageState = { tabId: null, url: null, refusal: null, linked: false };

/** Which page is beside the panel, and the link to it. */
export function usePage(settings: Settings, onMessage: (message: FromPage) => void): Page {
  const [state, setState] = useState(nothing);
  const link = useRef<PageLink | null>(null);
  const opening = useRef<Promise<PageLink | null> | null>(null);
  const hear = useRef(onMessage);
  hear.current = onMessage;

  const [links] = useState(createLinks);

  const drop = useCallback(() => {
    links.closeAll();
    link.current = null;
  }, [links]);

  const look = useCallback(async () => {
    const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
    if (tab?.id === undefined) return null;
    const url = tab.url ?? null;
    const host = url && URL.canParse(url) ? new URL(url).hostname : '';
    const refusal =
      unpickable(tab.url) ??
      (host && !isAllowedHost(host, settings.allowedHosts)
        ? 'Your administrator keeps the sidebar to other sites than this.'
        : null);
    const tabId = tab.id;
    if (link.current?.tabId !== tabId) {
      if (link.current) {
        links.leave(link.current);
        hear.current({ type: 'closed' });
      }
      link.current = links.ofTab(tabId);
    }
    setState(before => {
      const next = {
        tabId,
        url,
        refusal,
        linked: link.current !== null,
      };
      return JSON.stringify(next) === JSON.stringify(before) ? before : next;
    });
    return { tabId, refusal };
  }, [settings, links]);

  useEffect(() => {
    void look();
    const again = () => void look();
    const updated = (_: number, change: { status?: string; url?: string }) => {
      if (change.status || change.url) void look();
    };
    chrome.tabs.onActivated.addListener(again);
    chrome.tabs.onUpdated.addListener(updated);
    // With it the sidebar may look at the tab that it was clicked on.
    chrome.action.onClicked.addListener(again);
    return () => {
      chrome.tabs.onActivated.removeListener(again);
      chrome.tabs.onUpdated.removeListener(updated);
      chrome.action.onClicked.removeListener(again);
      drop();
    };
  }, [look, drop]);

  const open = useCallback(async (): Promise<PageLink | null> => {
    const seen = await look();
    if (!seen || seen.refusal) return null;
    if (link.current) return link.current;
    const made = await linkPage(seen.tabId, {
      message: message => {
        if (message.type === 'ready') setState(before => ({ ...before, url: message.url }));
        if (message.type === 'picked') links.picked(seen.tabId, message.capture.pickId);
        hear.current(message);
      },
      gone: () => {
        links.gone(seen.tabId);
        if (link.current?.tabId !== seen.tabId) return;
        link.current = null;
        setState(before => ({ ...before, linked: false }));
        hear.current({ type: 'closed' });
      },
    });
    if (!made.ok) {
      setState(before => ({ ...before, refusal: made.message }));
      return null;
    }
    link.current = made;
    links.add(made);
    setState(before => ({ ...before, refusal: null, linked: true }));
    return made;
  }, [look, links]);

  return {
    ...state,
    link: () => {
      opening.current ??= open().finally(() => {
        opening.current = null;
      });
      return opening.current;
    },
    current: () => link.current,
    linkOf: links.ofPick,
  };
}
