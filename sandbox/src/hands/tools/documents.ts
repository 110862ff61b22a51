import { readFileSync, writeFileSync } from 'node:fs';
import { Answer } from '../../documents/protocol.ts';
import { cleanEnvironment } from '../own-programs.ts';
import { compileCache, diskDir, documentsProgram } from '../places.ts';
import { capture } from './capture.ts';

/** Whatever a document does to its reader, it does it no longer, and in no more memory. */
const patienceMs = 30_000;
const mostHeapMiB = 256;
const mostMemoryBytes = 448 * 1024 * 1024;
const lookEveryMs = 50;
const maxAnswerBytes = 16 * 1024 * 1024;
const pageBytes = 4096;

type Kind = 'pdf' | 'notebook' | 'fetch';

/**
 * The text of a document (`what`: its path, or the address of a page), read in a process of its own: what is made to
 * be read badly ends that one, and neither us nor the server.
 */
export async function readDocument(kind: Kind, what: string, signal: AbortSignal): Promise<Answer> {
  while (reading >= mostAtOnce) await left.promise;
  reading += 1;
  try {
    return signal.aborted ? failed('was not read') : await readNow(kind, what, signal);
  } finally {
    reading -= 1;
    left.resolve();
    left = Promise.withResolvers();
  }
}

/** Their memory adds up. */
const mostAtOnce = 2;
let reading = 0;
let left = Promise.withResolvers<void>();

async function readNow(kind: Kind, what: string, signal: AbortSignal): Promise<Answer> {
  const late = AbortSignal.timeout(patienceMs);
  const ends = AbortSignal.any([signal, late]);
  let isLarge = false;
  let timer: NodeJS.Timeout | undefined;
  const watch = (pid: number) => {
    // Should memory run out before we look, this one goes first.
    tryTo(() => writeFileSync(`/proc/${pid}/oom_score_adj`, '1000'));
    timer = setInterval(() => {
      if (residentBytes(pid) <= mostMemoryBytes) return;
      isLarge = true;
      tryTo(() => process.kill(pid, 'SIGKILL'));
    }, lookEveryMs);
  };
  const flags = ['--no-use-env-proxy', `--max-old-space-size=${mostHeapMiB}`, '--unhandled-rejections=none'];
  const { HTTPS_PROXY, NODE_EXTRA_CA_CERTS } = process.env;
  const env = {
    ...cleanEnvironment,
    NODE_COMPILE_CACHE: compileCache,
    ...(HTTPS_PROXY && kind === 'fetch' ? { HTTPS_PROXY } : {}),
    ...(NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS } : {}),
  };
  const { stdout, code, cut } = await capture([process.execPath, ...flags, documentsProgram, kind, what], {
    cwd: diskDir,
    maxBytes: maxAnswerBytes,
    signal: ends,
    env,
    onStart: watch,
  });
  clearInterval(timer);
  if (isLarge || (code !== 0 && !ends.aborted)) return failed('takes more memory to read than there is');
  if (late.aborted) return failed(`could not be read within ${patienceMs / 1000} s`);
  if (cut || code !== 0) return failed('could not be read to its end');
  return Answer.parse(JSON.parse(stdout));
}

const failed = (message: string): Answer => ({ ok: false, message });

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}

/** It may be gone already. */
function tryTo(work: () => void): void {
  try {
    work();
  } catch {}
}
