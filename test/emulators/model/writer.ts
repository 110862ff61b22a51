import type { Usage } from './script.ts';

/** Writes to the response and waits until it has gone out. */
export type Send = (text: string) => Promise<void>;

/** The streaming form of one API. */
export type ApiWriter = {
  begin(): Promise<void>;
  think(piece: string): Promise<void>;
  text(piece: string): Promise<void>;
  call(call: { callId: string; tool: string; deltas: string[] }): Promise<void>;
  finish(usage: Usage): Promise<void>;
  noise(): Promise<void>;
};
