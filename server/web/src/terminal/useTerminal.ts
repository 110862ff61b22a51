import type { TerminalState } from '@deckhand/shared';
import type { Client, OpenTerminal } from '@deckhand/shared/client';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { type Emulator, openEmulator } from './emulator.ts';

export type TerminalShown = {
  state: TerminalState | 'offline' | 'refused';
  detail: string | null;
  /** Null: they may. */
  whyNotType: string | null;
  typists: readonly string[];
  /** A link whose text may say something else. */
  hiddenLink: string | null;
};

/** How long somebody counts as typing after a key. */
const typistMs = 3_000;
const first: TerminalShown = {
  state: 'starting',
  detail: null,
  whyNotType: null,
  typists: [],
  hiddenLink: null,
};

/** A session's terminal in `place`, while this is shown. */
export function useTerminal(
  client: Client,
  { sessionId, userId, focuses }: { sessionId: string; userId: string; focuses: boolean },
  { place, beside }: { place: RefObject<HTMLElement | null>; beside: RefObject<HTMLElement | null> },
) {
  const [shown, setShown] = useState(first);
  const open = useRef<{ emulator: Emulator; link: OpenTerminal } | null>(null);

  useEffect(() => {
    const { current } = place;
    if (!current) return;
    const change = (part: Partial<TerminalShown>) => setShown(before => ({ ...before, ...part }));
    const emulator = openEmulator(current, {
      hiddenLink: hiddenLink => change({ hiddenLink }),
      leave: () => beside.current?.focus(),
    });
    const { terminal } = emulator;
    const typists = new Map<string, { name: string; timer: ReturnType<typeof setTimeout> }>();
    /** Whoever used it last says how large it is. */
    let isOurs = false;
    const tellTypists = () => change({ typists: [...typists.values()].map(({ name }) => name) });
    const link = client.openTerminal(sessionId, emulator.fitting() ?? { columns: 80, rows: 24 }, {
      opened: ({ mayType, why }) => {
        terminal.options.disableStdin = !mayType;
        change({ whyNotType: mayType ? null : (why ?? 'You may look on, not type.') });
      },
      closed: why =>
        change(why === null ? { state: 'offline', detail: null } : { state: 'refused', detail: why }),
      message: message => {
        switch (message.kind) {
          case 'state':
            return change({ state: message.state, detail: message.detail ?? null });
          case 'anew':
            terminal.reset();
            terminal.resize(message.columns, message.rows);
            return isOurs && sayOurSize();
          case 'size':
            return terminal.resize(message.columns, message.rows);
          case 'output':
            return terminal.write(message.text, () => link.taken(message.text.length));
          case 'typist': {
            if (message.userId === userId) return;
            isOurs = false;
            clearTimeout(typists.get(message.userId)?.timer);
            const forget = () => typists.delete(message.userId) && tellTypists();
            typists.set(message.userId, { name: message.name, timer: setTimeout(forget, typistMs) });
            return tellTypists();
          }
        }
      },
    });
    const sayOurSize = () => {
      const size = emulator.fitting();
      if (size && (size.columns !== terminal.cols || size.rows !== terminal.rows)) link.resize(size);
    };
    const use = () => {
      if (isOurs || terminal.options.disableStdin) return;
      isOurs = true;
      sayOurSize();
    };
    terminal.onData(text => {
      use();
      link.type(text);
    });
    terminal.textarea?.addEventListener('focus', use);
    const resized = new ResizeObserver(() => isOurs && sayOurSize());
    resized.observe(current);
    if (focuses) terminal.focus();
    open.current = { emulator, link };
    return () => {
      open.current = null;
      resized.disconnect();
      for (const { timer } of typists.values()) clearTimeout(timer);
      link.close();
      emulator.dispose();
    };
  }, [client, sessionId, userId, focuses, place, beside]);

  return {
    shown,
    type: (text: string) => open.current?.link.type(text),
    focus: () => open.current?.emulator.terminal.focus(),
    forgetLink: () => setShown(before => ({ ...before, hiddenLink: null })),
  };
}
