import type { Author } from '@deckhand/shared';

/** These authors and one more, each once, in the order in which they came. */
export const withAuthor = (authors: readonly Author[], author: Author): Author[] =>
  authors.some(({ userId }) => userId === author.userId) ? [...authors] : [...authors, author];
