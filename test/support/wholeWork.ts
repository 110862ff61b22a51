import { done, gate, read, type ScriptedModel, write } from '../emulators/model/index.ts';
import { byAsk, type Node, propose } from './workflows.ts';

const title = 'Version two #whole';
const find: Node = {
  ...{ id: 'find', agent: 'explorer', goal: 'Find what uses v1 #find' },
  done: 'Lines are named #judge-find',
};
const parts: Node[] = [
  find,
  { id: 'api', agent: 'builder', goal: 'Make v2 #api', check: 'grep -q v2 api.md', needs: ['find'] },
  { id: 'docs', agent: 'builder', goal: 'Describe it #docs', check: 'test -s docs.md', needs: ['find'] },
  { id: 'client', agent: 'builder', goal: 'Use v2 #client', repo: 'web', done: 'v2 is used' },
  {
    id: 'review',
    agent: 'reviewer',
    goal: 'Review it #review',
    done: 'It is right',
    needs: ['api', 'docs'],
  },
];

/** Work over two repositories: a search, two parts at once, one of them wrong at first, a review that finds something, a session elsewhere. */
export const wholeWork = { title, find, parts };

/** Scripts it, with a part `last` that no try brings about, and gates at which it stands. */
export function scriptWholeWork(model: ScriptedModel) {
  const [findGate, bothGate, clientGate, endGate] = [gate(), gate(), gate(), gate()];
  model.script('find', [{ calls: [read('README.md')] }, { say: ['README.md:1', findGate.wait] }]);
  model.script('judge-find', [done('It names one.\n\nVerdict: done')]);
  model.script(
    'api',
    byAsk(
      ['It was tried before', [{ calls: [write('api.md', 'v2\n')] }, done('v2 now.')]],
      ['', [{ say: bothGate.wait, calls: [write('api.md', 'v1\n')] }, done('v1, I think.')]],
    ),
  );
  model.script('docs', [{ say: bothGate.wait, calls: [write('docs.md', 'old\n')] }, done('Described.')]);
  model.script('client', [
    { say: ['I look', clientGate.wait], calls: [write('client.md', 'v2\n')] },
    done('It uses v2.'),
  ]);
  model.script('review', [
    { calls: [read('docs.md')] },
    done('docs.md:1 says old #mend\n\nVerdict: not done: docs.md:1'),
  ]);
  model.script(
    'mend',
    byAsk(
      // What came out, its name among it, is what the session's own agent reads last.
      ['Every part of the approved', [{ say: ['All is', endGate.wait, ' done.'] }]],
      ['Judge whether', [done('It says new.\nVerdict: done')]],
      ['', [{ calls: [write('docs.md', 'new\n')] }, done('Mended.')]],
    ),
  );
  model.script('last', [{ calls: [write('bad.md', 'x\n')] }, done('Finished?')]);
  model.script('good', [{ calls: [write('good.md', 'x\n')] }, done('Finished.')]);
  model.script(
    'whole',
    byAsk([
      'Plan anew',
      [
        { calls: [propose(title, { ...find, id: 'find' })] },
        {
          calls: [
            propose(title, {
              ...{ id: 'other', agent: 'builder', goal: 'Finish it well #good', check: 'test -s good.md' },
              needs: ['review'],
            }),
          ],
        },
        done('Another way.'),
      ],
    ]),
  );

  return { findGate, bothGate, clientGate, endGate };
}
