import type { Author } from '../../index.ts';
import { initials } from '../words.ts';

const tints = 6;

/** Initials on a colour of the person's own. The name is beside it or in the tooltip. */
export function Avatar({ person, small = false }: { person: Author; small?: boolean }) {
  let sum = 0;
  for (const letter of person.userId) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  return (
    <span
      className={`dh-avatar dh-avatar-${sum % tints}${small ? ' dh-avatar-small' : ''}`}
      title={person.name}
      aria-hidden="true"
    >
      {initials(person.name)}
    </span>
  );
}
