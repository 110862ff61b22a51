import type { Presence as PresenceMessage } from '../../index.ts';
import { typingText } from '../words.ts';
import { Avatar } from './Avatar.tsx';

type People = PresenceMessage['people'];

/** Who looks on. */
export function Presence({ people, shown = 5 }: { people: People; shown?: number }) {
  if (people.length === 0) return null;
  const names = people.map(person => person.name).join(', ');
  return (
    <span className="dh-presence" data-testid="presence" role="img" aria-label={`Here now: ${names}`}>
      {people.slice(0, shown).map(person => (
        <Avatar key={person.userId} person={person} small />
      ))}
      {people.length > shown && <span className="dh-presence-more">+{people.length - shown}</span>}
    </span>
  );
}

/** One line that keeps its height, so that typing moves nothing. */
export function TypingLine({ people, me }: { people: People; me: string | undefined }) {
  const names = people.filter(person => person.typing && person.userId !== me).map(person => person.name);
  return (
    <div className="dh-typing" data-testid="typing" aria-live="polite">
      {typingText(names)}
    </div>
  );
}
