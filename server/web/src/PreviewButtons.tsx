import { useState } from 'react';
import { openPreview, type Previewed } from './openPreview.ts';

/** What the sandbox serves, in a tab of its own; further ports are named once one was opened. */
export function PreviewButtons({ sessionId }: { sessionId: string }) {
  const [shown, setShown] = useState<Previewed | null>(null);
  const [busy, setBusy] = useState(false);
  const open = async (port?: number) => {
    setBusy(true);
    setShown(await openPreview(sessionId, port));
    setBusy(false);
  };
  return (
    <p className="side-preview">
      <button
        type="button"
        className="dh-button"
        disabled={busy}
        data-testid="preview-open"
        onClick={() => void open()}
      >
        {busy ? 'Opening…' : 'Open preview'}
      </button>
      {shown?.ok &&
        shown.ports.map(({ port, name }) => (
          <button key={port} type="button" className="dh-button" onClick={() => void open(port)}>
            {name ?? port}
          </button>
        ))}
      {shown?.ok === false && (
        <span role="alert" data-testid="preview-problem">
          {shown.message}
        </span>
      )}
    </p>
  );
}
