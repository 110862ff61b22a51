/**
 * What crosses from the page's own world, where components can be read, into the extension's: a question is an event
 * on the element asked about, the answer one on its window, both done before `dispatchEvent` returns. All that the
 * page could do with it is lie about itself, so an answer is parsed and bounded like the rest of the page.
 */
export const askEvent = 'deckhand-react-ask';
export const answerEvent = 'deckhand-react-answer';
export const byeEvent = 'deckhand-react-bye';

export type Question = 'name' | 'all' | 'fields';

/** Longer answers are not read. */
export const answerMaxChars = 200_000;

export type RawPlace = {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  by: 'debug' | 'stack';
};
export type RawComponent = {
  name: string;
  source?: RawPlace | undefined;
  usedAt?: RawPlace | undefined;
  key?: string | undefined;
  props?: Record<string, string> | undefined;
  state?: Record<string, string> | undefined;
};
export type RawAnswer = {
  framework: 'react' | 'vue' | 'svelte';
  version?: string | undefined;
  build?: 'development' | 'production' | undefined;
  components: RawComponent[];
};
