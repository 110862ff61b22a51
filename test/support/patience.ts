/**
 * How long a test waits for what must come, in milliseconds. Waits end with the event that they wait for; this only
 * says when a test is given up that waits in vain, so it is far longer than a loaded machine takes for anything.
 */
export const patienceMs = 120_000;
