import { join } from 'node:path';
import { ensureExtensionBuilt, extensionIdOf, keptKey, packExtension } from '@deckhand/extension/pack';
import type { Logger } from 'pino';

type Options = { dataDir: string; key: string | undefined; say: (text: string) => void; log: Logger };

/** The sidebar as this server gives it out: its key is there at once, its files once somebody asks for them. */
export async function openExtension({ dataDir, key, say, log }: Options) {
  const keyPath = key ?? join(dataDir, 'extension-key.pem');
  const id = extensionIdOf(await keptKey(keyPath));
  let packing: Promise<string | null> | null = null;
  const pack = async (publicUrl: string): Promise<string | null> => {
    try {
      const built = await ensureExtensionBuilt({ say });
      const packed = await packExtension({ built, keyPath, outDir: join(dataDir, 'extension'), publicUrl });
      return packed.files;
    } catch (error) {
      log.error({ err: error }, 'the sidebar could not be built');
      packing = null;
      return null;
    }
  };
  return {
    id,
    files: (publicUrl: string) => {
      packing ??= pack(publicUrl);
      return packing;
    },
  };
}
