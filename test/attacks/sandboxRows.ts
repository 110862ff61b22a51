import { type Row, rowsOf } from '../run/rows.ts';

const sandbox = rowsOf('Sandbox');
const out = rowsOf('What comes out of a sandbox');
const network = rowsOf('Network');
const confinement = 'server/src/sandboxes/confinement.test.ts';
const bash = 'server/src/sandboxes/bash.test.ts';
const rootConfined = 'server/src/sandboxes/root-confined.test.ts';
const tools = 'server/src/sandboxes/tools.test.ts';
const addresses = 'sandbox/src/egress/addresses.test.ts';
const fuzz = 'server/src/sandboxes/channel/fuzz.test.ts';
const savedWork = 'server/src/delivery/savedWork.test.ts';
const tunnel = 'sandbox/src/egress/inside/tunnel.test.ts';

/** What is tried from inside a sandbox. */
export const sandboxAttacks: Row[] = [
  sandbox('capabilities, setuid, mknod, mounts, the engine', 'nothing gained', [
    confinement,
    'rights: nobody',
  ]),
  sandbox('io_uring, AF_ALG, AF_VSOCK, keyring, userfaultfd, bpf, perf', 'refused', [
    confinement,
    'system calls',
  ]),
  sandbox('memory', 'the command dies alone', [confinement, 'memory: the command is killed']),
  sandbox('processes', 'said, and Deckhand gets in', [confinement, 'processes: they run out']),
  sandbox('fork bomb', 'a stop ends it', [bash, 'a fork bomb is stopped']),
  sandbox('disk and inodes', 'said, calls go on', [confinement, 'disk: full is said']),
  sandbox('shared memory, cgroup files, /proc, /sys', 'bounded, not writable', [
    'server/src/sandboxes/confined.attacks.test.ts',
    'kernel files',
  ]),
  sandbox(
    'a flood of output',
    'ends kept, disk not filled',
    [bash, 'a flood of output'],
    [bash, 'a flood faster than anything'],
  ),
  sandbox('sixteen spinners beside a neighbour', 'its p95 at most doubles', [
    'server/src/sandboxes/confined.attacks.test.ts',
    'sixteen spinners',
  ]),
  sandbox(
    'links, and folders swapped for links, in what is copied',
    'not followed; it is frozen meanwhile',
    ['server/src/sandboxes/folder-disks.test.ts', 'what a sandbox leaves behind its links'],
    ['server/src/sandboxes/folder-disks.test.ts', 'a copy is of one moment'],
  ),
  sandbox('another sandbox', 'not reached', [confinement, 'nothing of one sandbox']),
  sandbox("a repository's Dockerfile", 'confined', rootConfined, [
    'server/src/sandboxes/root-images.test.ts',
    'a build has no network',
  ]),
  sandbox('programs in the home in the place of ours', 'not used', [
    'test/attacks/sandbox.test.ts',
    'programs in the home',
  ]),
  sandbox('documents made to be read badly', 'ended, nobody else harmed', [
    'server/src/sandboxes/documents.test.ts',
    'what is made to be read badly',
  ]),
  sandbox('another kernel: gVisor', 'a sandbox works under it, and sees nothing of the host’s', [
    'test/attacks/runsc.attacks.test.ts',
    'under gVisor',
  ]),
  sandbox(
    'an engine with known escapes',
    'named at the start',
    'server/src/sandboxes/docker/knownEscapes.test.ts',
  ),

  out(
    '10,000 messages of a false runtime',
    'memory flat, nothing thrown',
    [fuzz, 'ten thousand messages'],
    [fuzz, 'more bytes than were granted'],
  ),
  out('a runtime that greets for ever', 'given up', [fuzz, 'a runtime that greets again']),
  out('a runtime that breaks the protocol', 'its session alone loses it', [
    'test/attacks/sandbox.test.ts',
    'a false runtime that breaks',
  ]),
  out('a bundle of another commit, an invented base', 'refused', [savedWork, 'a bundle of another commit']),
  out("another session's commit", 'neither overwritten nor given', [
    savedWork,
    'a session that names another',
  ]),
  out('a revision that is an option of git', 'reaches no git', [savedWork, 'a revision that is an option']),
  out('a stream without end', 'cut in bytes and time', [savedWork, 'a stream without end']),
  out('paths out of the tree, pipes, links in a circle', 'refused in words', [
    tools,
    'refuses what is binary',
  ]),
  out('terminal codes, scripts and links in output', 'drawn, never run', 'test/web/unsafe-words.test.ts'),

  network('host, Redis, metadata, intranet in every spelling', 'refused', addresses, [
    confinement,
    'ports of the host',
  ]),
  network('names that resolve to private addresses', 'refused', [
    'sandbox/src/egress/decide.test.ts',
    'a name leads to what it was resolved to',
  ]),
  network(
    "no token, or another sandbox's",
    'not served',
    [confinement, 'without a token'],
    ['sandbox/src/egress/token.test.ts', "a sandbox's own token"],
  ),
  network('no interface but loopback, no DNS', 'nothing to reach', [confinement, 'there is no network but']),
  network(
    'a host that no list has',
    'refused in words, not even looked up',
    [tunnel, 'what is not listed is refused in words'],
    ['test/system/egress.test.ts', 'a flood of blocked hosts'],
  ),
  network('a sandbox of which nothing is known, another one’s rules', 'reaches nothing', [
    tunnel,
    'nobody is anybody else',
  ]),
  network(
    'another name in the TLS or Host than in the tunnel',
    'leads nowhere',
    ['server/src/sandboxes/egress.test.ts', 'a name in the TLS that is not'],
    [tunnel, 'only what can be looked at goes through'],
  ),
  network('a withdrawn grant under an open connection', 'cut', [tunnel, 'a withdrawn grant']),
  network('smuggled and split requests and answers', 'end here', [tunnel, 'what is hop-by-hop ends']),
  network('the proxy restarted', 'closed until all is said again', [
    'server/src/sandboxes/egress.test.ts',
    'after a restart of the proxy',
  ]),
];
