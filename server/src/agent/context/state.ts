import type { TodoItem } from '@deckhand/shared';
import type { ModelMessage } from 'ai';

/** What is kept of what was summarised, taken from the messages themselves: no model has a hand in it. */
export type Ledger = {
  /** Prompts, oldest first, long ones and the middle of many cut. */
  said: string[];
  files: string[];
  commands: string[];
  /** The agent's own list as it stood then. */
  todo: TodoItem[];
};

/** How the model reads the context from some moment on. The messages themselves never change. */
export type ContextVersion = {
  /** From 1. */
  version: number;
  /** Messages in the context when it was made. */
  madeAt: number;
  /** Messages before this place are read as the summary, but for those in `kept`. */
  upTo: number;
  kept: number[];
  /** Results before this place are read as one line each. */
  shrunkTo: number;
  summary: string | null;
  ledger: Ledger;
};

/** A message and its place among all that the context ever held. */
export type Entry = { place: number; message: ModelMessage };

/** What the provider counted for a request: the context's length then, its version, and who counted. */
export type Measure = { length: number; version: number; tokens: number; model: string };

/** What a model's window showed itself to be, where a request was refused as too long. */
export type Window = { model: string; tokens: number };

/** The context as it stands: the newest version, and the messages that are still read. */
export type Context = {
  version: ContextVersion | null;
  /** Number of the newest version, also of one that was taken back. */
  newest: number;
  entries: Entry[];
  /** Messages in all: the place of the next. */
  length: number;
  measure: Measure | null;
  window: Window | null;
};
