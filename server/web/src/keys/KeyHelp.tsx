import { Modal } from './Modal.tsx';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

const keys: readonly [keys: string, does: string][] = [
  [isMac ? '⌘ K' : 'Ctrl K', 'Go to a session or page, or do something'],
  ['j  k', 'Next and previous session in the list'],
  ['/', 'Search sessions'],
  ['s', 'Stop the turn that runs'],
  ['Esc', 'Leave the box you write in'],
  ['Space  ←  →  Home  End', 'In a replay: play, an event on or back (with Shift a turn), to its ends'],
  ['?', 'This help'],
];

/** Which keys there are. */
export const KeyHelp = ({ onClose }: { onClose: () => void }) => (
  <Modal label="Keys" testId="key-help" onClose={onClose}>
    <h2>Keys</h2>
    <dl className="keys">
      {keys.map(([key, does]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
    <button type="button" className="dh-button" onClick={onClose}>
      Close
    </button>
  </Modal>
);
