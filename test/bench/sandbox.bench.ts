import { ms, p50p95, p50Ratio, percentile, type Row, serverBench } from './figures.ts';

type Figures = Record<'bareStart' | 'ourStart' | 'bareExec' | 'read' | 'shell', number[]>;

export async function run(): Promise<Row[]> {
  const figures = (await serverBench('figures.bench.ts')) as Figures;
  const { bareStart, ourStart, bareExec, read, shell } = figures;
  const start = p50Ratio(ourStart, bareStart);
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
