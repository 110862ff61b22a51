import type { PageLink } from './pageLink.ts';

/** More tabs than this are not held at once; the one that was left first is let go. */
const most = 8;

/** Links to tabs, one each. That of a tab with picks holds while another is shown: the agent may ask for more of them. */
export function createLinks() {
  const byTab = new Map<number, PageLink>();
  const tabOf = new Map<string, number>();
  const forget = (tabId: number) => {
    byTab.delete(tabId);
    for (const [pickId, tab] of tabOf) if (tab === tabId) tabOf.delete(pickId);
  };
  const letGo = (link: PageLink) => {
    forget(link.tabId);
    link.close();
  };
  return {
    add(link: PageLink): void {
      byTab.set(link.tabId, link);
    },
    picked(tabId: number, pickId: string): void {
      tabOf.set(pickId, tabId);
    },
    ofTab: (tabId: number) => byTab.get(tabId) ?? null,
    ofPick: (pickId: string) => byTab.get(tabOf.get(pickId) ?? -1) ?? null,
    /** Another tab is shown now. Nothing is picked there any more, and no preview lies over it. */
    leave(link: PageLink): void {
      if (![...tabOf.values()].includes(link.tabId)) {
        letGo(link);
        return;
      }
      link.send({ type: 'stop' });
      void link.preview(null);
      byTab.delete(link.tabId);
      byTab.set(link.tabId, link);
      const [first] = byTab.values();
      if (first && byTab.size > most) letGo(first);
    },
    /** The page went away, or was loaded anew. */
    gone: forget,
    closeAll(): void {
      for (const link of [...byTab.values()]) letGo(link);
    },
  };
}
