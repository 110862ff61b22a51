import { createCipher } from '../../platform/cipher.ts';

/** What a secret belongs to. Sealed under this, it opens under nothing else. */
export type SecretPlace = { orgId: string; repoId: string; phase: string; name: string };

export type SecretCipher = {
  seal(value: string, place: SecretPlace): string;
  /** Null where it was sealed with another key, for another place, or changed since. */
  open(sealed: string, place: SecretPlace): string | null;
};

export function secretCipher(serverSecret: string): SecretCipher {
  const cipher = createCipher(serverSecret, 'deckhand environment secrets');
  const bound = ({ orgId, repoId, phase, name }: SecretPlace) => [orgId, repoId, phase, name];
  return {
    seal: (value, place) => cipher.seal(value, bound(place)),
    open: (sealed, place) => cipher.open(sealed, bound(place)),
  };
}
