import { isReservedName } from '@deckhand/shared';
import { z } from 'zod';

/** A variable of the repository's own. PATH and the like may be set: only its own commands see them. */
export const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a name has letters, digits and _ and no digit in front')
  .refine(name => !isHeld(name), 'this name is held by the sandbox itself');

const own = new Set(['PATH', 'NODE_OPTIONS', '__proto__']);
/** What a file in the repository may not set: whatever a secret may not be called, but for what changes its tools alone. */
const isHeld = (name: string) =>
  name === '__proto__' || (isReservedName(name.toUpperCase()) && !own.has(name) && !name.startsWith('LD_'));

export const VariableValue = z
  .string()
  .max(32 * 1024, 'a value has at most 32 KiB')
  .refine(value => !value.includes('\0'), 'a value cannot contain a null byte');

export const ServiceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a service is named with small letters, digits and -');

/** As `docker pull` takes it: host and port, path, tag, digest. */
export const ImageReference = z
  .string()
  .max(400)
  .regex(
    /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
    'not an image as docker pull takes it, e.g. node:22-bookworm',
  );

const aPort = 'a number from 1 to 65535';
export const PortNumber = z.number(aPort).int(aPort).min(1, aPort).max(65_535, aPort);
