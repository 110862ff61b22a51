import { createContext, useContext } from 'react';

/** Where the things of a session are found: the surface that draws it knows its own addresses. */
export type SessionLinks = {
  /** The whole of what a call put out, as a download; null where the surface cannot offer one. */
  artifactUrl: (artifactId: string) => string | null;
  /** Its bytes, for a client that has no cookie to fetch it by address; null where it cannot be had. */
  loadArtifact?: (artifactId: string) => Promise<Blob | null>;
  /** The page with all that changed. */
  diffUrl: string | null;
  /** Another session's place; null where the surface has none for it. */
  sessionUrl?: (sessionId: string) => string | null;
  /** Goes there. */
  openSession?: (sessionId: string) => void;
};

export const SessionLinksContext = createContext<SessionLinks>({ artifactUrl: () => null, diffUrl: null });

export const useSessionLinks = () => useContext(SessionLinksContext);
