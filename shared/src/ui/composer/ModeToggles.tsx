import type { PlanMode } from '../../index.ts';
import { Icon, type IconName } from '../parts/Icon.tsx';

const modes: { mode: PlanMode; label: string; icon: IconName; title: string; testId: string }[] = [
  {
    ...{ mode: 'plan', label: 'Plan first', icon: 'list', testId: 'plan-toggle' },
    title: 'Ask for a plan first; nothing is changed before it is approved',
  },
  {
    ...{ mode: 'large', label: 'Large', icon: 'branch', testId: 'large-toggle' },
    title: 'Work for several agents: ask for its parts first; nothing is changed before they are approved',
  },
];

/** Whether something is to be approved before anything is changed: a plan, or the parts of large work. */
export function ModeToggles({
  value,
  onChange,
}: {
  value: PlanMode | undefined;
  onChange: (mode: PlanMode | undefined) => void;
}) {
  return modes.map(({ mode, label, icon, title, testId }) => {
    const on = value === mode;
    return (
      <button
        key={mode}
        type="button"
        className={`dh-button dh-plan-toggle${on ? ' dh-plan-toggle-on' : ''}`}
        aria-pressed={on}
        title={title}
        data-testid={testId}
        onClick={() => onChange(on ? undefined : mode)}
      >
        <Icon name={on ? 'check' : icon} /> {label}
      </button>
    );
  });
}
