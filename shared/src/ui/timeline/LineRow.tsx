import type { ReactNode } from 'react';
import { Icon, type IconName } from '../parts/Icon.tsx';

/** One quiet line between the words. */
export function LineRow({
  icon,
  tone = 'quiet',
  busy = false,
  children,
}: {
  icon: IconName;
  tone?: 'quiet' | 'ok' | 'warning' | 'error';
  busy?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={`dh-line dh-line-${tone}`}>
      {busy ? <span className="dh-spinner" role="img" aria-label="under way" /> : <Icon name={icon} />}
      <span className="dh-line-text">{children}</span>
    </div>
  );
}
