import { useEffect, useState } from 'react';
import { type Asked, onAsk } from './ask.ts';
import { KeyHelp } from './KeyHelp.tsx';
import { Modal } from './Modal.tsx';
import { Palette } from './Palette.tsx';
import { pageAction } from './pageActions.ts';

type Open = { what: 'palette' } | { what: 'help' } | { what: 'question'; asked: Asked } | null;

/** The keys of all pages, and what they open. */
export function Keys() {
  const [open, setOpen] = useState<Open>(null);
  useEffect(() => onAsk(asked => setOpen({ what: 'question', asked })), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (isPaletteKey(event)) {
        event.preventDefault();
        return setOpen(before => (before ? before : { what: 'palette' }));
      }
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (isWriting(event.target)) {
        // Single keys are the page's again.
        if (event.key === 'Escape' && isComposer(event.target)) event.target.blur();
        return;
      }
      const does = singleKeys(setOpen)[event.key];
      // On a page without a list j and k are that page's own.
      if (!does || (/^[jk]$/.test(event.key) && rows().length === 0)) return;
      event.preventDefault();
      does();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  const close = () => setOpen(null);
  if (open?.what === 'palette') return <Palette onClose={close} />;
  if (open?.what === 'help') return <KeyHelp onClose={close} />;
  return open ? <Question asked={open.asked} onClose={close} /> : null;
}

const singleKeys = (setOpen: (open: Open) => void): Record<string, () => void> => ({
  '?': () => setOpen({ what: 'help' }),
  '/': () => {
    const search = document.querySelector<HTMLElement>('[data-testid=search]');
    if (search) search.focus();
    else setOpen({ what: 'palette' });
  },
  s: () => pageAction('stop')?.run(),
  j: () => step(1),
  k: () => step(-1),
});

/** In a shell Ctrl K is the shell's own. */
function isPaletteKey({ key, ctrlKey, metaKey, shiftKey, altKey, target }: KeyboardEvent): boolean {
  if (key.toLowerCase() !== 'k' || shiftKey || altKey || ctrlKey === metaKey) return false;
  return metaKey || !(target instanceof Element && target.closest('.xterm'));
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
  );
}

const isComposer = (target: EventTarget | null): target is HTMLElement =>
  target instanceof HTMLElement && target.matches('.dh-composer-text');

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-testid=session-row]')];

/** To the next row of the list, from the one that has the focus or is open. */
function step(by: 1 | -1): void {
  const listed = rows();
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? listed.indexOf(activeElement) : -1;
  const from = at >= 0 ? at : listed.findIndex(row => row.hasAttribute('aria-current'));
  const next = from < 0 ? 0 : Math.min(Math.max(from + by, 0), listed.length - 1);
  listed[next]?.focus();
}

function Question({ asked: { question, yes, run }, onClose }: { asked: Asked; onClose: () => void }) {
  return (
    <Modal label={question} testId="question-dialog" onClose={onClose}>
      <h2>{question}</h2>
      <div className="modal-buttons">
        <button type="button" className="dh-button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="dh-button dh-button-stop"
          data-testid="say-yes"
          // It was asked for with a key, and Enter says yes.
          data-first
          onClick={() => {
            onClose();
            run();
          }}
        >
          {yes}
        </button>
      </div>
    </Modal>
  );
}
