import { bash, done, gate, read, type ScriptedModel, write } from '../emulators/model/index.ts';
import { byAsk, type Node, part, propose } from './workflows.ts';

const title = 'Version two everywhere #grand-plan';
const parts: Node[] = [
  { id: 'find', agent: 'explorer', goal: 'Find what uses v1 #g-find', done: 'Lines are named #g-judge' },
  { id: 'api', agent: 'builder', goal: 'Make v2 #g-api', check: 'grep -q v2 api.md', needs: ['find'] },
  part('docs', { goal: 'Describe it #g-docs', needs: ['find'] }),
  part('tests', { goal: 'Test it #g-tests', needs: ['find'] }),
  { id: 'client', agent: 'builder', goal: 'Use v2 #g-client', repo: 'web', done: 'v2 is used' },
  { id: 'site', agent: 'builder', goal: 'Tell of v2 #g-site', repo: 'site', done: 'v2 is told of' },
  {
    ...{ id: 'review', agent: 'reviewer', goal: 'Review it #g-review', done: 'It is right' },
    needs: ['api', 'docs', 'tests'],
  },
];

/**
 * A request over three repositories, to which a person adds a part that fails; with gates at the places where everything
 * is killed.
 */
export function scriptGrandWork(model: ScriptedModel) {
  const [findGate, threeGate, elsewhereGate, endGate] = [gate(), gate(), gate(), gate()];
  model.script('grand', [{ calls: [propose(title, ...parts)] }, done('In parts.')]);
  model.script('g-find', [{ calls: [read('README.md')] }, { say: ['README.md:1', findGate.wait] }]);
  model.script('g-judge', [done('It names one.\n\nVerdict: done')]);
  const writes = (path: string, text: string) => [
    { say: ['I begin', threeGate.wait], calls: [write(path, text)] },
    done(`${path} is written.`),
  ];
  model.script('g-api', writes('api.md', 'v2\n'));
  model.script('g-docs', writes('docs.md', 'old\n'));
  model.script('g-tests', writes('tests.md', 'all\n'));
  for (const [marker, path] of [
    ['g-client', 'client.md'],
    ['g-site', 'site.md'],
  ] as const)
    model.script(marker, [
      { say: ['I look', elsewhereGate.wait], calls: [write(path, 'v2\n')] },
      done(`${path} tells of v2.`),
    ]);
  model.script('g-review', [
    { calls: [read('docs.md')] },
    done('docs.md:1 says old #g-mend\n\nVerdict: not done: docs.md:1'),
  ]);
  model.script(
    'g-mend',
    byAsk(
      // What came out, its name among it, is what the session's own agent reads last.
      [
        'Every part of the approved',
        [{ calls: [bash('cat docs.md good.md')] }, { say: ['Version two', endGate.wait, ' is there.'] }],
      ],
      ['Judge whether', [done('It says new.\nVerdict: done')]],
      ['', [{ calls: [write('docs.md', 'new\n')] }, done('Mended.')]],
    ),
  );
  model.script('g-last', [{ calls: [write('bad.md', 'x\n')] }, done('Finished?')]);
  model.script('g-good', [{ calls: [write('good.md', 'x\n')] }, done('Finished.')]);
  const other = part('other', {
    ...{ goal: 'Finish it well #g-good', check: 'test -s good.md', needs: ['review', 'client', 'site'] },
  });
  model.script(
    'grand-plan',
    byAsk(['Plan anew', [{ calls: [propose(title, other)] }, done('Another way.')]]),
  );
  return { findGate, threeGate, elsewhereGate, endGate };
}
