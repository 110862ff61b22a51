import type { Outcome, SessionState } from '@deckhand/shared';

/** What can happen to a session. */
export type Happening =
  | { kind: 'turn.started' }
  | { kind: 'turn.finished'; outcome: Outcome }
  | { kind: 'archived' };

/**
 * The session's life, pure: the state after something happened, or null where it cannot happen in that state.
 * `asleep` is entered and left by hibernation; a turn wakes it.
 */
export function nextState(state: SessionState, happening: Happening): SessionState | null {
  switch (happening.kind) {
    case 'turn.started':
      return state === 'archived' || state === 'running' ? null : 'running';
    case 'turn.finished':
      if (state !== 'running') return null;
      return happening.outcome === 'asked' ? 'waiting' : 'idle';
    case 'archived':
      return state === 'archived' || state === 'running' ? null : 'archived';
  }
}

/** States in which the doors take prompts. */
export const openStates: SessionState[] = ['idle', 'running', 'waiting', 'asleep'];
