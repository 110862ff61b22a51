/** What JSON leaves as it is, and what a terminal obeys or takes for the end of a line. */
const unseen = /[\u007f-\u009f\u2028\u2029]/g;
const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A line of JSON for a log, whatever others wrote into its strings: one line, without a sign that a terminal obeys. It
 * means the same.
 */
export const logLine = (json: string): string => json.replaceAll(unseen, escaped);
