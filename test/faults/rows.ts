import { type Row, rowsOf } from '../run/rows.ts';

const server = rowsOf('Server');
const redis = rowsOf('Redis');
const engine = rowsOf('Engine and sandboxes');
const viewers = rowsOf('Viewers');
const machine = rowsOf('Machine');
const model = rowsOf('Model');
const hosts = rowsOf('Hosts');
const soak = rowsOf('Soak');

const crash = 'test/system/crash.test.ts';
const serverFaults = 'test/faults/server.faults.test.ts';
const redisFaults = 'test/faults/redis.faults.test.ts';
const machineFaults = 'test/faults/machine.faults.test.ts';
const outage = 'test/system/outage.test.ts';
const changeFaults = 'test/system/change-faults.test.ts';
const modelFaults = 'test/system/model-faults.test.ts';

/** Everything that may break while Deckhand works, with what has to come of it. `npm run test:faults` prints it. */
export const faults: Row[] = [
  server(
    'kill -9 at any moment of many turns (seeded)',
    'each prompt ends once, nothing twice',
    'test/system/random-crash.test.ts',
    'test/slack/random-crash.test.ts',
  ),
  server('kill -9 while the model speaks', 'asked again, shown once', [
    crash,
    'kill -9 while the model speaks',
  ]),
  server('kill -9 in mid-command', 'the command ran once', [
    crash,
    'kill -9 of the server in the middle of a command',
  ]),
  server('kill -9 with a prompt sent now', 'read once', [crash, 'kill -9 with a prompt that was sent now']),
  server(
    'kill -9 while it pushes or opens the pull request',
    'one pull request',
    [changeFaults, 'a server killed while GitHub answers'],
    ['test/system/sync.test.ts', 'a server that is stopped while the push hangs'],
  ),
  server(
    'kill -9 while it hibernates and restores',
    'nothing lost',
    ['test/system/hibernate.test.ts', 'kill -9 again and again'],
    'server/src/sessions/archive/crash.test.ts',
  ),
  server('kill -9 while it puts sandboxes to sleep', 'nothing lost', [
    'test/system/sleep.test.ts',
    'a server killed while it puts',
  ]),
  server('kill -9 behind a compaction', 'the very same request', [
    'test/system/long-context.test.ts',
    'killed behind a cut',
  ]),
  server('kill -9 while a call waits for a yes, and around the answer', 'runs once', [
    'test/system/approval-ends.test.ts',
    'kill -9 while it waits, and between',
  ]),
  server('kill -9 of a turn that a budget bounds', 'charged once', [
    'test/system/budgets.test.ts',
    'a server that is killed in the middle of a turn',
  ]),
  server('kill -9 in the middle of an erasure', 'goes on', [
    'test/system/erase.test.ts',
    'an erasure that is killed in the middle',
  ]),
  server('kill -9 while a plan waits', 'it waits on', 'test/system/plan.test.ts'),
  server('three kills of one prompt', 'ends once', [serverFaults, 'three kills of one prompt']),
  server('kill -9 between append and answer, twenty times', 'there once', [
    serverFaults,
    'killed around the answer',
  ]),
  server('frozen while another goes on', 'late writes refused', [serverFaults, 'a server that stands still']),
  server('SIGTERM in mid-command', 'drains, exits 0, goes on', [crash, 'SIGTERM in the middle']),
  server('two servers restarted in turn under load', 'all done', 'test/faults/rolling.faults.test.ts'),
  server('an error that nothing handled', 'logged, drained, ended', 'test/attacks/last-resort.test.ts'),

  redis('kill -9 in mid-turn', 'the turn finishes', [crash, 'Redis killed and started again']),
  redis('away while doors are asked', 'store_down in words', [outage, 'while Redis is away']),
  redis('stands still in mid-turn', 'the turn finishes', [redisFaults, 'Redis that stands still']),
  redis(
    'full',
    'refused in words, then works',
    [redisFaults, 'Redis that is full'],
    [redisFaults, 'Redis that becomes full'],
  ),
  redis('the tail of its file cut off', 'no gap, work goes on', [redisFaults, 'a tail of Redis']),
  redis('failed over by Sentinel in mid-turn', 'the turn finishes, nothing acknowledged is lost', [
    'test/faults/failover.faults.test.ts',
    'Redis fails over',
  ]),
  redis('ends by itself', 'started again', [redisFaults, 'Redis that ends by itself']),
  redis('connections cut at any commit', 'once', 'server/src/sessions/store/commit.test.ts'),
  redis('cut off from one of two servers', 'the other goes on, late writes refused', [
    'test/faults/partition.faults.test.ts',
    'a server cut off from Redis',
  ]),
  // Not covered: a failover by Sentinel. `REDIS_URL` names one server; there is no form for Sentinels.
  redis('empty, or of another deployment', 'nothing swept', 'server/src/sessions/store/deployment.test.ts'),

  engine('dockerd and containerd killed', 'all comes back', 'test/system/engine-restart.test.ts'),
  engine('away for a moment in mid-command', 'its result is taken', [outage, 'Docker gone for a moment']),
  engine(
    'away for good',
    'engine_down in words',
    [outage, 'Docker gone for good'],
    [outage, 'a prompt that needs a sandbox'],
  ),
  engine('a sandbox killed', 'lost, restored, told', [crash, 'a sandbox that dies is lost']),
  engine(
    'the runtime inside killed',
    'the command ran once',
    [crash, 'kill -9 of the runtime'],
    'server/src/sandboxes/at-most-once.test.ts',
  ),
  engine('out of memory', 'the command dies alone', [
    'server/src/sandboxes/confinement.test.ts',
    'memory: the command is killed',
  ]),
  engine('a full disk inside', 'told to the model', 'test/system/disk.test.ts'),
  engine('many claims on one pool entry', 'one gets it', [
    'server/src/sandboxes/pool/pool.test.ts',
    'however many servers claim',
  ]),
  engine('bridges that break at random', 'no output lost', [
    'server/src/sandboxes/connection.test.ts',
    'bridges that break at random',
  ]),

  engine('two hundred snapshots in a row', 'cost what was changed', [
    'server/src/sandboxes/named-disks.test.ts',
    'very many snapshots',
  ]),

  viewers('a hundred of them through a kill', 'all show the same', [serverFaults, 'a hundred viewers']),
  viewers('those that stop reading', 'cut off, memory bounded', 'test/system/slow-viewer.test.ts'),
  viewers('offline, reloaded, server gone', 'nothing lost or twice', 'test/web/connection.test.ts'),

  machine(
    'eight servers take loop devices at once',
    'each disk has its own',
    'sandbox/src/disks/loop.faults.test.ts',
  ),
  machine('a full disk of the server', 'refused in words, recovers', [
    machineFaults,
    'a disk of the server that is full',
  ]),
  machine('a clock moved by an hour', 'the turn ends', [machineFaults, 'a clock that is moved']),

  model('429, 500, refused, silent, half a stream, rubbish', 'retried or said', modelFaults),
  model(
    'in circles, for ever, too expensive',
    'ended with the reason',
    [modelFaults, 'a model that goes in circles'],
    [modelFaults, 'limits of a turn'],
  ),
  model('an answer without an end', 'cut off in words, the server goes on', [
    'test/faults/model.faults.test.ts',
    'an answer without an end',
  ]),
  model('ten megabytes of one call', 'refused, the turn goes on', [
    'test/faults/model.faults.test.ts',
    'a call of ten megabytes',
  ]),

  hosts('answers lost, twice, late, in another order', 'one pull request', [
    changeFaults,
    'one branch has one pull request',
  ]),
  hosts(
    'tokens that end, rate limits, suspension',
    'waited for or said',
    [changeFaults, 'tokens that end'],
    [changeFaults, 'rate limits are waited for'],
    [changeFaults, 'an App that is suspended'],
  ),
  hosts('Slack that fails, is slow, asks for pauses', 'nothing lost or twice', 'test/slack/failures.test.ts'),

  soak(
    'an hour under load and random faults',
    'no violation, memory flat',
    'test/faults/soak.faults.test.ts',
  ),
];
