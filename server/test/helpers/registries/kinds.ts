import type { Files } from './packed.ts';

/** A small repository of one kind, and what is to become of it. */
export type Kind = {
  kind: string;
  files: Record<string, string>;
  /** What tells how it is made ready. */
  source: string;
  /** Commands of which each step consists, in order. */
  steps: (string | RegExp)[];
  notes?: RegExp[];
  /** What went wrong and takes nothing else away. */
  warnings?: RegExp[];
  /** Run in the repository afterwards. */
  look: string;
  says: string;
  /** What it has to have asked for at the registries. */
  fetched: string[];
};

export const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** Two packages of which one needs the other, in JavaScript and in Python. */
export const left = { name: 'tiny-left', version: '1.0.0', dependencies: { 'tiny-right': '1.0.0' } };
export const right = { name: 'tiny-right', version: '1.0.0' };
export const leftJs: Files = { 'index.js': "module.exports = 'left of ' + require('tiny-right');\n" };
export const rightJs: Files = { 'index.js': "module.exports = 'right';\n" };
export const needsLeft = { dependencies: { 'tiny-left': '1.0.0' } };
export const lookJs = `node -p "require('tiny-left')"`;
export const saysJs = 'left of right';
export const fetchedJs = ['npm.registry.test/tiny-left', 'npm.registry.test/tiny-right'].map(
  at => `${at}/-/${at.replace(/.*\//, '')}-1.0.0.tgz`,
);
