import type { Capture } from '@deckhand/shared/capture';
import type { Shot } from './shot.ts';

/** Something on the page that goes with the next prompt, as it will be sent. */
export type Pick = {
  pickId: string;
  name: string;
  capture: Capture;
  lines: string[];
  /** Lines that the person struck out. */
  struck: ReadonlySet<number>;
  tokens: number;
  /** What it looked like when it was picked, and that with what was drawn on it; sent where `sendShot`. */
  before: Shot | null;
  shot: Shot | null;
  sendShot: boolean;
  /** A picture is on its way. */
  awaitsShot: boolean;
};
