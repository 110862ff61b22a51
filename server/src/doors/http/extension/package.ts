import { join } from 'node:path';
import {
  type BuiltExtension,
  ensureExtensionBuilt,
  extensionIdOf,
  keptKey,
  packExtension,
} from '@deckhand/extension/pack';
import type { Logger } from 'pino';

type Options = {
  dataDir: string;
  key: string | undefined;
  say: (text: string) => void;
  log: Logger;
  build?: (options: { say: (text: string) => void }) => Promise<BuiltExtension>;
  patienceMs?: number;
};

/** Who asks while it is built waits at most this long; browsers and proxies give up later than that. */
const patienceDefaultMs = 20_000;

/**
 * The sidebar as this server gives it out: its key is there at once. What takes long, building it, is begun once the
 * server is ready; what takes a moment, packing it for this server's address, when somebody asks for it.
 */
export async function openExtension({
  dataDir,
  key,
  say,
  log,
  build = ensureExtensionBuilt,
  patienceMs = patienceDefaultMs,
}: Options) {
  const keyPath = key ?? join(dataDir, 'extension-key.pem');
  const id = extensionIdOf(await keptKey(keyPath));
  let building: Promise<BuiltExtension | null> | null = null;
  let packing: Promise<string | null> | null = null;
  const failed = (error: unknown) => {
    log.error({ err: error }, 'the sidebar could not be built');
    building = null;
    packing = null;
    return null;
  };
  const prepare = () => {
    building ??= build({ say }).catch(failed);
    return building;
  };
  const pack = async (publicUrl: string): Promise<string | null> => {
    const built = await prepare();
    if (!built) return null;
    const packed = await packExtension({ built, keyPath, outDir: join(dataDir, 'extension'), publicUrl });
    return packed.files;
  };
  return {
    id,
    /** Call when nothing is kept waiting by it. */
    prepare: () => void prepare(),
    /** Null: it cannot be had, or not yet. */
    files: (publicUrl: string): Promise<string | null> => {
      packing ??= pack(publicUrl).catch(failed);
      return within(packing, patienceMs);
    },
  };
}

async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
