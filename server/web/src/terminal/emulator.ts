import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';

const keptLines = 5_000;
/** Goes from one part of a window to the next, as in browsers. */
const leaveKey = 'F6';

export type Emulator = {
  terminal: Terminal;
  /** The size that fits where it is shown. */
  fitting(): { columns: number; rows: number } | null;
  dispose(): void;
};

/**
 * The emulator, for output that nobody has to trust: it sets no title, writes no clipboard, rings no bell, answers no
 * question (the sandbox's own screen does, once for all who look), and leads only to web pages, to hidden ones after
 * asking.
 */
export function openEmulator(
  place: HTMLElement,
  hear: {
    hiddenLink: (url: string) => void;
    /** By the keyboard alone: all other keys are the shell's. */
    leave: () => void;
  },
): Emulator {
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string) => colours.getPropertyValue(name).trim();
  const terminal = new Terminal({
    cols: 80,
    rows: 24,
    scrollback: keptLines,
    fontFamily: colour('--dh-mono'),
    fontSize: 13,
    lineHeight: 1.15,
    macOptionIsMeta: true,
    theme: themeOf(colour),
    linkHandler: {
      activate: (_, url) => isWebPage(url) && hear.hiddenLink(url),
      allowNonHttpProtocols: false,
    },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(new WebLinksAddon((_, url) => isWebPage(url) && openPage(url)));
  keepQuiet(terminal);
  terminal.attachCustomKeyEventHandler(event => {
    if (event.key !== leaveKey) return !copies(terminal, event);
    if (event.type === 'keydown') hear.leave();
    event.preventDefault();
    return false;
  });
  terminal.open(place);
  return {
    terminal,
    fitting: () => {
      const found = fit.proposeDimensions();
      if (!found || !Number.isFinite(found.cols) || !Number.isFinite(found.rows)) return null;
      return {
        columns: Math.max(2, Math.min(500, found.cols)),
        rows: Math.max(1, Math.min(200, found.rows)),
      };
    },
    dispose: () => terminal.dispose(),
  };
}

export const isWebPage = (url: string): boolean =>
  URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);

/** It knows nothing of this page, nor whom it was opened by. */
export const openPage = (url: string): void => void window.open(url, '_blank', 'noopener,noreferrer');

/** Takes away what would answer by typing, name the window, or reach the clipboard. */
function keepQuiet({ parser }: Terminal): void {
  const nothing = () => true;
  for (const prefix of ['', '>', '=']) parser.registerCsiHandler(csi('c', prefix), nothing);
  for (const prefix of ['', '?']) {
    parser.registerCsiHandler(csi('n', prefix), nothing);
    parser.registerCsiHandler({ ...csi('p', prefix), intermediates: '$' }, nothing);
  }
  parser.registerCsiHandler(csi('q', '>'), nothing);
  parser.registerCsiHandler(csi('t', ''), nothing);
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, nothing);
  for (const title of [0, 1, 2, 52]) parser.registerOscHandler(title, nothing);
  for (const asked of [4, 10, 11, 12]) parser.registerOscHandler(asked, data => data.includes('?'));
}

const csi = (final: string, prefix: string) => ({ final, ...(prefix ? { prefix } : {}) });

/** With something marked, the keys that copy elsewhere copy here; without, Ctrl C interrupts as it should. */
function copies(terminal: Terminal, event: KeyboardEvent): boolean {
  if (event.type !== 'keydown' || !event.ctrlKey || event.key.toLowerCase() !== 'c') return false;
  if (!terminal.hasSelection()) return event.shiftKey;
  void navigator.clipboard?.writeText(terminal.getSelection()).catch(() => {});
  terminal.clearSelection();
  event.preventDefault();
  return true;
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

function themeOf(colour: (name: string) => string) {
  const bright = (name: string) => `bright${name[0]?.toUpperCase()}${name.slice(1)}`;
  return {
    background: colour('--dh-surface'),
    foreground: colour('--dh-ink'),
    cursor: colour('--dh-accent'),
    cursorAccent: colour('--dh-surface'),
    selectionBackground: colour('--dh-accent-soft'),
    ...Object.fromEntries(names.map(name => [name, colour(`--ansi-${name}`)])),
    ...Object.fromEntries(names.map(name => [bright(name), colour(`--ansi-bright-${name}`)])),
  };
}
