import { openPanelStack } from '../extension/panelStack.ts';
import { openSite } from '../extension/site.ts';
import type { Row } from './figures.ts';
import { putPages } from './sidebarPages.ts';
import { hoverRows, paintRows, pickRows } from './sidebarSpeed.ts';
import { tokensRows } from './sidebarTokens.ts';

/** The sidebar in a real Chromium: what a capture costs the model, and what picking costs the page. */
export async function run(): Promise<Row[]> {
  const site = await openSite();
  // No engine: nothing runs in a sandbox here.
  const opened = await openPanelStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  try {
    const { chrome } = opened;
    const parts = await putPages(site);
    const tab = await chrome.open(site.url + (parts[0]?.path ?? ''));
    const panel = await chrome.openPanel(tab);
    await opened.signIn(panel);
    await tab.bringToFront();
    const rows = [
      ...(await pickRows(panel, tab, site.url)),
      ...(await hoverRows(panel, tab, site.url)),
      ...(await tokensRows(panel, tab, site.url, parts)),
    ];
    await panel.close();
    return [...rows, ...(await paintRows(chrome, tab))];
  } finally {
    await opened.dispose();
    await site.close();
  }
}
