import { useState } from 'react';
import { client } from '../client.ts';

/** Walks the whole chain when asked to. */
export function Verify() {
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    const found = await client.http['audit.verify']({});
    setBusy(false);
    if (!found.ok) return setSaid(found.message);
    const { entries, fault } = found;
    setSaid(fault ? `Entry ${fault.seq}: ${fault.what}.` : `${entries.toLocaleString('en')} entries, whole.`);
  };
  return (
    <span className="stats-files">
      <span role="status" data-testid="verified">
        {said}
      </span>
      <button
        type="button"
        className="dh-button"
        data-testid="verify"
        disabled={busy}
        onClick={() => void verify()}
      >
        {busy ? 'Verifying…' : 'Verify'}
      </button>
    </span>
  );
}
