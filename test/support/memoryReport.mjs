import { appendFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

/**
 * Loaded into a server under test by NODE_OPTIONS: writes down what it has of memory, every ten seconds (`now`) and behind
 * each major collection that V8 makes by itself (`kept`: only there is what the heap holds what the program holds).
 */
const file = process.env.DECKHAND_TEST_MEMORY_FILE;
const note = when =>
  appendFileSync(file, `${JSON.stringify({ when, atMs: Date.now(), ...process.memoryUsage() })}\n`);
const majorCollection = 4;

new PerformanceObserver(list => {
  if (list.getEntries().some(({ detail }) => detail?.kind === majorCollection)) note('kept');
}).observe({ entryTypes: ['gc'] });
setInterval(() => note('now'), 10_000).unref();
