import type { MachineUse } from '@deckhand/shared';
import { bytes, plural } from '@deckhand/shared/ui';

/** From here on it is shown as scarce. */
const nearlyFull = 0.9;

/** What sandboxes take of the machine. */
export function Meters({ machine }: { machine: MachineUse }) {
  const { waiting, memoryBudgetBytes, diskUsedBytes, diskFreeBytes, diskBudgetBytes } = machine;
  // The machine itself may have less than what sandboxes may take.
  const isScarce = diskFreeBytes < diskBudgetBytes - diskUsedBytes;
  return (
    <>
      <div className="meters" data-testid="machine-use">
        <Meter name="Sandboxes" used={machine.sandboxes} most={machine.mostSandboxes} write={String} />
        <Meter name="Memory" used={machine.memoryUsedBytes} most={memoryBudgetBytes} write={bytes} />
        <Meter
          name="Disk"
          used={diskUsedBytes}
          most={diskBudgetBytes}
          write={bytes}
          {...(isScarce ? { beside: `${bytes(diskFreeBytes)} free` } : {})}
        />
      </div>
      <p className={waiting > 0 ? 'waits' : 'dh-hidden'} role="status" data-testid="waiting">
        {waiting > 0 && `${plural(waiting, 'session waits', 'sessions wait')} for room.`}
      </p>
    </>
  );
}

function Meter({
  name,
  used,
  most,
  write,
  beside,
}: {
  name: string;
  used: number;
  most: number | null;
  write: (n: number) => string;
  beside?: string;
}) {
  const text = most === null ? write(used) : `${write(used)} of ${write(most)}`;
  return (
    <div className="meter">
      <div className="meter-line">
        <span>{name}</span>
        <span className="dh-quiet">
          {text}
          {beside && `, ${beside}`}
        </span>
      </div>
      {most !== null && (
        <meter
          aria-label={name}
          aria-valuetext={text}
          min={0}
          max={most}
          value={used}
          className={used > most * nearlyFull ? 'meter-full' : ''}
          style={{ backgroundSize: `${(100 * used) / most}% 100%` }}
        />
      )}
    </div>
  );
}
