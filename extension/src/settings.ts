import { z } from 'zod';

/** What an administrator set (`pack/managed.ts` describes it), where one did. */
const Managed = z.object({
  serverUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .catch(undefined),
  allowedHosts: z.array(z.string()).default([]).catch([]),
  captureProps: z.boolean().default(true).catch(true),
  captureScreenshots: z.boolean().default(true).catch(true),
  captureConsole: z.boolean().default(true).catch(true),
  redactSelectors: z.array(z.string()).default([]).catch([]),
  captureTokens: z.number().int().min(200).max(16_000).default(2000).catch(2000),
  telemetry: z.boolean().default(false).catch(false),
});

export type Settings = Omit<z.infer<typeof Managed>, 'serverUrl'> & {
  /** Null: nobody said yet where the server is. */
  serverUrl: string | null;
  /** Set by an administrator: nobody else changes it. */
  serverIsManaged: boolean;
};

const serverKey = 'serverUrl';
const ServerFile = z.object({ serverUrl: z.url() });

export async function loadSettings(): Promise<Settings> {
  // A browser without policies answers with nothing, an old one with an error.
  const managed = Managed.parse(await chrome.storage.managed.get().catch(() => ({})));
  const own = (await chrome.storage.local.get(serverKey))[serverKey];
  // Empty: somebody wants another than the one that it came with, and did not say yet which.
  const serverUrl = managed.serverUrl ?? (typeof own === 'string' ? own : await packedServer());
  return {
    ...managed,
    serverUrl: serverUrl?.replace(/\/$/, '') || null,
    serverIsManaged: managed.serverUrl !== undefined,
  };
}

/** The server that gave the extension out wrote its address into it. */
export async function packedServer(): Promise<string | null> {
  try {
    const answer = await fetch(chrome.runtime.getURL('server.json'));
    return ServerFile.parse(await answer.json()).serverUrl;
  } catch {
    return null;
  }
}

export const saveServer = (serverUrl: string) => chrome.storage.local.set({ [serverKey]: serverUrl });
export const forgetServer = () => saveServer('');

/** `*.acme.example` covers every name under it, and not itself. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  return allowed.some(pattern =>
    pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern.toLowerCase(),
  );
}
