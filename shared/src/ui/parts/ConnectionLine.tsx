import { useEffect, useState } from 'react';
import type { FollowStatus } from '../../client/index.ts';

/** A short interruption is nobody's business. */
const graceMs = 1200;

/** Says so when what is shown may be old; silent while all is well. */
export function ConnectionLine({ status }: { status: FollowStatus }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (status === 'live') return;
    const timer = setTimeout(() => setLate(true), graceMs);
    return () => clearTimeout(timer);
  }, [status]);
  const text =
    status === 'offline' ? 'Offline. What you send is kept and sent when you are back.' : 'Connecting…';
  return (
    <div className="dh-connection" role="status" data-testid="connection" data-status={status}>
      {late && status !== 'live' && <span className="dh-connection-text">{text}</span>}
    </div>
  );
}
