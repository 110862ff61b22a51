import { keepWatches } from './watches.ts';

/**
 * The service worker: opens the panel, and nothing that must last. It may be put to sleep at any time; what is followed
 * is followed by the panel itself.
 */
// Opened from here, and not by the panel's own behaviour, Chrome lets the extension see the tab that was clicked on.
chrome.action.onClicked.addListener(tab => {
  void chrome.sidePanel.open({ windowId: tab.windowId });
});
void chrome.storage.session.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
chrome.permissions.onAdded.addListener(() => void keepWatches());
chrome.permissions.onRemoved.addListener(() => void keepWatches());
chrome.runtime.onInstalled.addListener(() => void keepWatches());
