import { ms, p50p95, p50Ratio, percentile, type Row, serverBench } from './figures.ts';

/** Starts from an image, wakes from sleep, snapshots, many at once: on disks of 200 MB in 20,000 small files. */
export async function run(): Promise<Row[]> {
  const figures = (await serverBench('disk.bench.ts')) as Record<string, number[]>;
  const of = (name: string) => figures[name] ?? [];
  const part = (name: string, figure: string): [string, string] => [name, p50p95(of(figure))];
  const engine = `docker create+start, no network ${p50p95(of('bare'))}`;
  const fromImage = p50Ratio(of('image'), of('bare'));
  const resume = p50Ratio(of('resume'), of('bare'));
  const crowd = p50Ratio(of('crowd'), of('bare crowd'));
  const commit = `docker commit ${ms(percentile(of('docker commit'), 0.5))}`;
  return [
    {
      what: 'Start from an image of 20,000 small files, until its branch is the session’s',
      ours: p50p95(of('image')),
      bare: engine,
      ratio: fromImage,
      target: '1.3x',
      met: fromImage <= 1.3,
      parts: [
        part('disk copied, container created (side by side)', 'image made'),
        part('container started', 'image started'),
        part('bridge open (exec and boot of the runtime, side by side)', 'image bridged'),
        part('branch and author', 'image branched'),
        part('(one more bridge, the runtime up)', 'second bridge'),
      ],
    },
    {
      what: 'Wake from sleep with 200 MB in 20,000 files that git ignores',
      ours: p50p95(of('resume')),
      bare: `${engine}; from a docker commit of the same ${ms(percentile(of('start of a commit'), 0.5))}`,
      ratio: resume,
      target: '1.3x',
      met: resume <= 1.3,
      parts: [
        part('disk copied, container created (side by side)', 'resume made'),
        part('container started', 'resume started'),
        part('bridge open', 'resume bridged'),
        part('author', 'resume author set'),
      ],
    },
    {
      what: 'Snapshot of 20,000 small files in use, nothing stopped',
      ours: p50p95(of('snapshot')),
      bare: `${commit}, paused meanwhile`,
      ratio: p50Ratio(of('snapshot'), of('docker commit')),
    },
    {
      what: 'Sleep: container ended, disk kept',
      ours: p50p95(of('sleep')),
      bare: `${commit}, and the removal besides`,
      ratio: p50Ratio(of('sleep'), of('docker commit')),
    },
    {
      what: '30 sandboxes started at once from that image, until all runtimes answer',
      ours: ms(percentile(of('crowd'), 0.5)),
      bare: `30 bare containers ${ms(percentile(of('bare crowd'), 0.5))}`,
      ratio: crowd,
    },
  ];
}
