import { createContext, useContext } from 'react';
import type { ShownAttempts } from '../index.ts';

/** Where the things of a session are found: the surface that draws it knows its own addresses. */
export type SessionLinks = {
  /** The whole of what a call put out, as a download; null where the surface cannot offer one. */
  artifactUrl: (artifactId: string) => string | null;
  /** Its bytes, for a client that has no cookie to fetch it by address; null where it cannot be had. */
  loadArtifact?: (artifactId: string) => Promise<Blob | null>;
  /** A file that came with one of its prompts. */
  attachmentUrl?: (attachmentId: string) => string;
  /** The page with all that changed. */
  diffUrl: string | null;
  /** One file on it. */
  fileUrl?: (path: string) => string;
  /** Another session's place; null where the surface has none for it. */
  sessionUrl?: (sessionId: string) => string | null;
  /** Goes there. */
  openSession?: (sessionId: string) => void;
  /** Attempts of this session; each act answers why it failed, or null. Absent where the surface only shows them. */
  attempts?: {
    look: (groupId: string) => Promise<ShownAttempts | null>;
    take: (groupId: string, n: number) => Promise<string | null>;
    stop: (groupId: string) => Promise<string | null>;
    diffUrl: (childId: string) => string;
    /** Opens what it serves in a tab of its own; why not, where nothing is to be seen. */
    preview?: (childId: string) => Promise<string | null>;
  };
  /** The task that somebody wants to see: another object each time that they do. */
  shownTask?: { taskId: string } | null;
};

export const SessionLinksContext = createContext<SessionLinks>({ artifactUrl: () => null, diffUrl: null });

export const useSessionLinks = () => useContext(SessionLinksContext);
