import { type MouseEvent, type ReactNode, useLayoutEffect, useRef } from 'react';

/** A box over the page; the focus goes to what is `data-first` in it. Escape and a press beside it close it; the browser keeps the focus inside and gives it back. */
export function Modal({
  label,
  testId,
  onClose,
  children,
}: {
  label: string;
  testId: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the browser paints, and before the dialog leaves the page: only then does closing it give the focus back.
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    current?.querySelector<HTMLElement>('[data-first]')?.focus();
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
      className="modal"
      aria-label={label}
      data-testid={testId}
      onClick={onClick}
      onClose={onClose}
    >
      <div className="modal-sheet">{children}</div>
    </dialog>
  );
}
