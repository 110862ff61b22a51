import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ms, p50p95, percentile, type Row } from './figures.ts';

type Figures = {
  bareStart: number[];
  ourStart: number[];
  bareExec: number[];
  read: number[];
  shell: number[];
};

/** The driver is the server's own: it is measured there, in a process of its own, and reported here. */
const bench = fileURLToPath(new URL('../../server/src/sandboxes/figures.bench.ts', import.meta.url));

export async function run(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [bench], { maxBuffer: 1024 * 1024 });
  const { bareStart, ourStart, bareExec, read, shell } = JSON.parse(stdout) as Figures;
  const start = percentile(ourStart, 0.5) / percentile(bareStart, 0.5);
  const call = percentile(read, 0.5);
  const bareCall = percentile(bareExec, 0.5);
  return [
    {
      what: 'Start from the base image until hands answers',
      ours: p50p95(ourStart),
      bare: `docker create+start, no network ${p50p95(bareStart)}`,
      ratio: start,
      target: '1.3x',
      met: start <= 1.3,
    },
    {
      what: 'Tool call: read a file',
      ours: p50p95(read),
      bare: `docker exec ${ms(bareCall)}`,
      ratio: call / bareCall,
      target: 'p50 2 ms',
      met: call <= 2,
    },
    {
      what: 'Tool call: bash, echo',
      ours: p50p95(shell),
      bare: `docker exec ${ms(bareCall)}`,
      ratio: percentile(shell, 0.5) / bareCall,
      target: 'below docker exec',
      met: percentile(shell, 0.5) < bareCall,
    },
  ];
}
