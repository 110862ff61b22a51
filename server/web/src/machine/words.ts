import type { Build, SandboxInfo } from '@deckhand/shared';

/** What is said of images and sandboxes, from data. */

const causeWord: Record<Build['cause'], string> = {
  schedule: 'on schedule',
  push: 'after a push',
  person: 'requested by a person',
};

const stateWord: Record<Build['state'], string> = {
  building: 'Building',
  built: 'Built',
  failed: 'Build failed',
  unchanged: 'Nothing new',
};

export const buildText = ({ state, cause }: Build) => `${stateWord[state]}, ${causeWord[cause]}`;

/** Where the environment comes from: the file that says it, or what was found. */
export const sourceText = (source: string) => (source === 'none' ? 'None found' : source);

export const poolText = ({ ready, wanted }: { ready: number; wanted: number }) =>
  ready === 0 && wanted === 0 ? 'None kept' : `${ready} of ${wanted} ready`;

export const portText = ({ port, name }: { port: number; name?: string | undefined }) =>
  name ? `${port} (${name})` : String(port);

export const sandboxStateWord: Record<SandboxInfo['state'], string> = {
  starting: 'Starting',
  running: 'Running',
  paused: 'Paused',
};

export const ownerText: Record<SandboxInfo['owner'], string> = {
  pool: 'In the pool',
  warmup: 'For a prompt being typed',
  build: 'Builds an image',
  session: 'Session',
};
