import { Icon } from '@deckhand/shared/ui';
import { type MouseEvent, type ReactNode, useLayoutEffect, useRef } from 'react';

/** A sheet over the page; Escape, a tap outside and its own button close it, and the browser keeps focus inside. */
export function Drawer({
  label,
  onClose,
  children,
}: {
  label: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the browser paints, and before the dialog leaves the page: only then does closing it give the focus back.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  const onClick = (event: MouseEvent) => {
    // The backdrop belongs to the dialog itself; all that is inside lies in children of it.
    if (event.target === dialog.current) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape, which the browser turns into `close`
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={label}
      data-testid="drawer"
      onClose={onClose}
      onClick={onClick}
    >
      <div className="drawer-sheet">
        <div className="drawer-head">
          <h2>{label}</h2>
          <button
            type="button"
            className="dh-button dh-button-icon"
            aria-label={`Close ${label.toLowerCase()}`}
            data-testid="close-drawer"
            onClick={onClose}
          >
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
