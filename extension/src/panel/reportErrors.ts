import { useEffect } from 'react';
import { accessToken } from '../signIn.ts';

/** One that happens again and again is told once, and of a panel that is all errors not all. */
const reportsMost = 10;
const messageChars = 500;
const stackChars = 2000;

/** Tells the server of errors of the panel itself, where an administrator wants it. Nothing of a page is in it. */
export function useErrorReports(serverUrl: string | null, wanted: boolean): void {
  useEffect(() => {
    if (serverUrl === null || !wanted) return;
    const told = new Set<string>();
    const tell = (error: unknown) => {
      // Chrome says nothing of errors that are not of our files.
      if (!(error instanceof Error)) return;
      const message = `${error.name}: ${error.message}`;
      if (told.has(message) || told.size >= reportsMost) return;
      told.add(message);
      void report(serverUrl, message, ownStack(error.stack ?? ''));
    };
    const onError = ({ error }: ErrorEvent) => tell(error);
    const onRejection = ({ reason }: PromiseRejectionEvent) => tell(reason);
    addEventListener('error', onError);
    addEventListener('unhandledrejection', onRejection);
    return () => {
      removeEventListener('error', onError);
      removeEventListener('unhandledrejection', onRejection);
    };
  }, [serverUrl, wanted]);
}

/** Lines of our own files, without where this browser keeps them. */
function ownStack(stack: string): string {
  const home = chrome.runtime.getURL('');
  const lines = stack.split('\n').filter(line => line.includes(home));
  return lines.map(line => line.trim().replaceAll(home, '')).join('\n');
}

async function report(serverUrl: string, message: string, stack: string): Promise<void> {
  const token = await accessToken(serverUrl);
  if (token === undefined) return;
  const [said = '', place = ''] = await redacted([message, stack]);
  const body = JSON.stringify({
    message: said.slice(0, messageChars),
    stack: place.slice(0, stackChars),
    version: chrome.runtime.getManifest().version,
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  // Nobody misses a report that is lost.
  await fetch(`${serverUrl}/api/extension/errors`, { method: 'POST', headers, body }).catch(() => {});
}

function redacted(texts: readonly string[]): Promise<string[]> {
  const worker = new Worker(chrome.runtime.getURL('worker/redact.js'));
  const { promise, resolve } = Promise.withResolvers<string[]>();
  worker.onmessage = ({ data }: MessageEvent<string[]>) => resolve(data);
  // Unread by it nothing is told.
  worker.onerror = () => resolve([]);
  worker.postMessage(texts);
  return promise.finally(() => worker.terminate());
}
