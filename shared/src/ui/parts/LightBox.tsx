import { type MouseEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { Icon } from './Icon.tsx';

/** Something large over the page; Escape, a press beside it and its button close it, and the focus goes back. */
export function LightBox({
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
    if (event.target === dialog.current) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape, which the browser turns into `close`
    <dialog
      ref={dialog}
      className="dh-light-box"
      aria-label={label}
      data-testid="light-box"
      onClose={onClose}
      onClick={onClick}
    >
      <div className="dh-light-box-head">
        <span className="dh-path">
          <bdi>{label}</bdi>
        </span>
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label="Close"
          data-testid="close-light-box"
          onClick={onClose}
        >
          <Icon name="cross" />
        </button>
      </div>
      <div className="dh-light-box-body">{children}</div>
    </dialog>
  );
}
