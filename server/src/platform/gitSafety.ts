/** What may be reached: nothing but its own objects, a repository on this machine, or the remote of a mirror. */
export type Reach = 'nothing' | 'file' | 'remote';

const protocols: Record<Reach, string> = { nothing: '', file: 'file', remote: 'https:http:ssh:git:file' };

/** Variables that would have git read, run or write something other than what it is told. */
const unset = Object.fromEntries(
  [
    ...[
      'DIR',
      'WORK_TREE',
      'COMMON_DIR',
      'INDEX_FILE',
      'OBJECT_DIRECTORY',
      'NAMESPACE',
      'CEILING_DIRECTORIES',
    ],
    ...['ALTERNATE_OBJECT_DIRECTORIES', 'QUARANTINE_PATH', 'REPLACE_REF_BASE', 'SHALLOW_FILE', 'GRAFT_FILE'],
    ...['CONFIG', 'CONFIG_PARAMETERS', 'CONFIG_COUNT', 'EXTERNAL_DIFF', 'DIFF_OPTS', 'PAGER', 'EDITOR'],
    ...['SEQUENCE_EDITOR', 'EXEC_PATH', 'TEMPLATE_DIR', 'ATTR_SOURCE', 'PROXY_COMMAND', 'TRACE', 'TRACE2'],
  ].map(name => [`GIT_${name}`, undefined]),
);

/**
 * The environment of a git of ours. `own`: with the configuration of the user that the server runs as (credential
 * helpers, `insteadOf`, `safe.directory`), where a remote is asked that is reached by nothing else.
 */
export const environment = (reach: Reach, own = false) => ({
  ...unset,
  // Never ask: a server has nobody to answer.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'true',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
  // The user's own configuration (aliases, hooks, signing, what is pushed along) is not ours. The machine's may hold the
  // proxy and the certificates that the remote is reached with; for work on objects it is of no use.
  ...(own && reach === 'remote' ? {} : { GIT_CONFIG_GLOBAL: '/dev/null' }),
  ...(reach === 'remote' ? {} : { GIT_CONFIG_NOSYSTEM: '1' }),
  GIT_ATTR_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  // Stronger than any configuration, also than a url that another is rewritten to.
  GIT_ALLOW_PROTOCOL: protocols[reach],
  LC_ALL: 'C',
});

/** Objects come from sandboxes: nothing that they or a configuration name is run, and what is taken in is checked. */
const confined = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.pager=cat',
  'diff.external=',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'safe.directory=*',
  // Another git of ours, of this server or of one that was killed, may hold a ref for a moment; by default that fails.
  'core.filesRefLockTimeout=10000',
  'core.packedRefsTimeout=10000',
  // A push brings what it names and nothing besides, whatever the user's own configuration says.
  'push.followTags=false',
  'push.gpgSign=false',
  'push.recurseSubmodules=no',
  'push.pushOption=',
].flatMap(setting => ['-c', setting]);
/** Not for what remotes send: many a repository has old commits that git would not make today. */
const checked = ['-c', 'transfer.fsckObjects=true'];
/** Settings that come before its command. */
export const settings = (reach: Reach) => (reach === 'remote' ? confined : [...confined, ...checked]);
