import { hostOf, isRegistry } from './hosts.ts';
import { placeOf } from './paths.ts';
import type { ShellCommand } from './shellCommands.ts';

/** Something about a command that weighs, or that it needs. */
export type Trait = {
  score: number;
  reason: string;
  /** Reaches the network: a host, or null where it is known only once it runs. */
  network?: { host: string | null; registry: boolean };
  /** Acts outside, and cannot be taken back. */
  final?: boolean;
};

const words = (text: string) => new Set(text.split(' '));
const readers = words(
  'ls cat head tail less more wc grep rg egrep fgrep find file stat du df pwd echo printf true false test [ which type whoami id date uname env printenv ps tree sort uniq cut tr awk jq diff cmp basename dirname realpath readlink sleep seq yes cd export set unset local return exit read shift trap wait',
);
const clients = words(
  'curl wget http https nc ncat netcat telnet ssh scp sftp rsync ftp socat aria2c websocat',
);
const managers = words(
  'npm pnpm yarn npx bunx bun pip pip3 pipx uv poetry cargo go gem bundle composer mvn gradle apt apt-get dnf apk brew nuget dotnet mix',
);
const interpreters = words('python python3 node deno ruby perl php lua Rscript osascript');
const clouds = words(
  'aws gcloud az kubectl helm terraform tofu pulumi ansible ansible-playbook doctl flyctl heroku vercel netlify wrangler',
);
const databases = words('psql mysql mariadb mongosh mongo redis-cli sqlite3 sqlcmd clickhouse-client');
const machine = words(
  'mkfs fdisk parted dd shutdown reboot halt poweroff mount umount iptables nft sysctl insmod modprobe chroot unshare nsenter useradd usermod passwd crontab systemctl',
);
const shells = words('sh bash dash zsh ksh ash');

/** What there is to say of one command. */
export function traitsOf(command: ShellCommand): Trait[] {
  const { name, writes } = command;
  const found: Trait[] = writes.flatMap(path => pathTrait(path, 'writes to'));
  if (name === null) return [...found, { score: 55, reason: 'What it runs is known only once it runs' }];
  if (name === 'git') return [...found, ...gitTraits(command)];
  if (shells.has(name) && command.after && clients.has(command.after))
    found.push({ score: 80, reason: `Runs what ${command.after} gets from the network` });
  else if (shells.has(name) && command.after)
    found.push({ score: 60, reason: `Runs what ${command.after} writes as a script` });
  if (name === 'rm' || name === 'shred' || name === 'unlink' || name === 'rmdir')
    found.push(...deletion(command));
  if (name === 'find' && command.args.includes('-delete'))
    found.push({ score: 45, reason: 'Deletes all that find finds' });
  if (clients.has(name)) found.push(...clientTraits(command));
  if (managers.has(name)) found.push(...managerTraits(command));
  if (clouds.has(name))
    found.push({ score: 70, reason: `Changes things outside with ${name}`, network: anywhere, final: true });
  if (databases.has(name)) found.push(...databaseTraits(command));
  if (machine.has(name)) found.push({ score: 50, reason: `Changes the machine with ${name}` });
  if (name === 'sudo' || name === 'doas' || name === 'su')
    found.push({ score: 20, reason: 'Runs as another user' });
  if (name === 'gh' || name === 'hub' || name === 'glab')
    found.push({
      score: 60,
      reason: `Acts on the host of the code with ${name}`,
      network: anywhere,
      final: true,
    });
  if (name === 'docker' || name === 'podman') found.push(...containerTraits(command));
  if (name === 'chmod' || name === 'chown') found.push(...modeTraits(command));
  if (name === 'kill' || name === 'pkill' || name === 'killall')
    found.push({ score: 15, reason: 'Ends processes' });
  if (interpreters.has(name) && command.args.some(arg => arg !== null && /^-(c|e|r|-eval)$/.test(arg)))
    found.push({ score: 35, reason: `Runs a program in ${name} that nobody looked into` });
  if (!readers.has(name)) found.push(...command.args.flatMap(path => pathTrait(path, 'touches')));
  else found.push(...command.args.flatMap(secretRead));
  if (found.length === 0 && !readers.has(name))
    found.push({ score: 10, reason: `Runs ${name.slice(0, 60)}` });
  return found;
}

const anywhere = { host: null, registry: false };

function pathTrait(path: string | null, how: string): Trait[] {
  if (path === null)
    return how === 'writes to' ? [{ score: 15, reason: 'Writes to a file whose name is not known yet' }] : [];
  const place = path.startsWith('-') ? null : placeOf(path);
  if (!place) return how === 'writes to' ? [{ score: 8, reason: 'Writes a file' }] : [];
  // A path that is a whole tree is where most commands work.
  if (place.what === 'a whole tree') return [];
  return [{ score: place.score, reason: `It ${how} ${place.what}: ${path.slice(0, 100)}` }];
}

function secretRead(path: string | null): Trait[] {
  const place = path === null || path.startsWith('-') ? null : placeOf(path);
  return place && /credentials|secrets/.test(place.what)
    ? [{ score: place.score, reason: `Reads ${place.what}: ${path?.slice(0, 100)}` }]
    : [];
}

/** How much goes, by how it is said: nobody looks at the disk before the call runs. */
function deletion({ name, args }: ShellCommand): Trait[] {
  const options = args.filter(arg => arg?.startsWith('-')).join('');
  const paths = args.filter(arg => !arg?.startsWith('-'));
  const isRecursive = /r|R|--recursive/.test(options);
  const worst = Math.max(0, ...paths.map(path => (path === null ? 25 : (placeOf(path)?.score ?? 0))));
  const isWide = paths.some(path => path === null || /[*?]/.test(path));
  const size = isRecursive ? (isWide ? 35 : 25) : isWide ? 20 : Math.min(20, 6 + 2 * paths.length);
  const what = isRecursive ? 'whole folders' : paths.length > 1 ? `${paths.length} files` : 'a file';
  return [{ score: Math.min(95, size + worst), reason: `Deletes ${what} (${name})` }];
}

/** What git cannot take back, or nobody expects. */
const gitDeeds: readonly { is: (args: string) => boolean; score: number; reason: string; final?: boolean }[] =
  [
    {
      is: args => /^push\b.*(--force\b|-f\b|--mirror|--delete|\s\+|\s:)/.test(args),
      score: 85,
      reason: 'Pushes over what is there',
      final: true,
    },
    { is: args => /^push\b/.test(args), score: 55, reason: 'Pushes', final: true },
    {
      is: args => /^(filter-branch|filter-repo|replace)\b/.test(args),
      score: 70,
      reason: 'Rewrites the history',
    },
    {
      is: args => /^(reflog (expire|delete)|gc\b.*--prune|prune\b)/.test(args),
      score: 65,
      reason: 'Drops what git could still bring back',
    },
    { is: args => /^reset\b.*--hard/.test(args), score: 45, reason: 'Throws away what is not committed' },
    {
      is: args => /^clean\b.*-[a-z]*[fdx]/i.test(args),
      score: 45,
      reason: 'Deletes what git does not track',
    },
    {
      is: args => /^(rebase|commit\b.*--amend|cherry-pick|am)\b/.test(args),
      score: 35,
      reason: 'Rewrites commits',
    },
    {
      is: args => /^(branch\b.*-(D|d|-delete)|tag\b.*-d|update-ref|stash (drop|clear))/.test(args),
      score: 40,
      reason: 'Deletes branches, tags or stashed work',
    },
    {
      is: args => /^checkout\b.*(--|\s\.)|^restore\b/.test(args),
      score: 25,
      reason: 'Throws away changes of files',
    },
    { is: args => /^config\b/.test(args), score: 25, reason: 'Changes how git works' },
    { is: args => /^submodule\b/.test(args), score: 25, reason: 'Takes in another repository' },
  ];

function gitTraits({ args }: ShellCommand): Trait[] {
  // Options of git itself stand before its command.
  let at = 0;
  while (args[at]?.startsWith('-')) at += /^-(C|c)$/.test(args[at] ?? '') ? 2 : 1;
  const config = args.slice(0, at).some(arg => arg === '-c' || arg?.startsWith('--config'));
  const given = args.slice(at);
  if (given[0] === null) return [{ score: 45, reason: 'What git does is known only once it runs' }];
  const text = given.map(arg => arg ?? '$?').join(' ');
  const found: Trait[] = gitDeeds
    .filter(({ is }) => is(text))
    .slice(0, 1)
    .map(({ score, reason, final }) => ({ score, reason: `${reason} (git)`, ...(final ? { final } : {}) }));
  if (config) found.push({ score: 25, reason: 'Changes how git works (git -c)' });
  if (/^(push|fetch|pull|clone|ls-remote|remote update|submodule)\b/.test(text))
    found.push({
      score: 15,
      reason: 'Reaches another repository',
      network: { host: remoteHost(given), registry: false },
    });
  if (
    found.length === 0 &&
    !/^(status|log|diff|show|blame|ls-files|rev-parse|describe|grep|cat-file|shortlog|branch$)/.test(text)
  )
    found.push({ score: 8, reason: 'Changes the repository (git)' });
  return found;
}

/** A name of a remote is not an address. */
function remoteHost(args: readonly (string | null)[]): string | null {
  const address = args.find(arg => arg !== null && /:\/\/|^[\w.-]+@[\w.-]+:/.test(arg));
  return address ? hostOf(address) : null;
}

function clientTraits({ name, args }: ShellCommand): Trait[] {
  const plain = args.filter(arg => arg !== null && !arg.startsWith('-'));
  const hosts = plain.flatMap(arg =>
    arg && (/:\/\//.test(arg) || /^[\w-]+(\.[\w-]+)+/.test(arg)) ? (hostOf(arg) ?? []) : [],
  );
  const known = args.includes(null) ? [null, ...hosts] : hosts.length > 0 ? hosts : [null];
  const sends = args.some(
    arg =>
      arg !== null &&
      /^(-d|-F|-T|-X|--data.*|--form.*|--upload-file.*|--request.*|--post-.*|--json)/.test(arg),
  );
  const hasBody = sends || /^(scp|sftp|rsync|nc|ncat|netcat|socat|ssh)$/.test(name ?? '');
  const score = hasBody ? 50 : 25;
  const reason = hasBody ? `Sends something out (${name})` : `Reaches the network (${name})`;
  return [...new Set(known)].map(host => ({
    score,
    reason: `${reason}${host ? `: ${host}` : ''}`,
    network: { host, registry: host !== null && isRegistry(host) },
  }));
}

function managerTraits({ name, args }: ShellCommand): Trait[] {
  const text = args.map(arg => arg ?? '$?').join(' ');
  if (/\b(publish|upload|deploy|push|yank|unpublish|owner|deprecate|dist-tag|login|adduser)\b/.test(text))
    return [
      { score: 85, reason: `Publishes with ${name}`, network: { host: null, registry: true }, final: true },
    ];
  if (
    /\b(install|add|i|ci|update|upgrade|get|download|sync|require|fetch|build|restore)\b/.test(text) ||
    /^(npx|bunx|pipx)$/.test(name ?? '')
  )
    return [
      {
        score: 22,
        reason: `Takes in packages that run here (${name})`,
        network: { host: name, registry: true },
      },
    ];
  return [{ score: 14, reason: `Runs the repository's own scripts (${name})` }];
}

function databaseTraits({ name, args }: ShellCommand): Trait[] {
  const text = args.map(arg => arg ?? '').join(' ');
  const drops = /\b(drop|truncate|delete\s+from|flushall|flushdb|dropdatabase)\b/i.test(text);
  return [
    {
      score: drops ? 75 : 35,
      reason: `${drops ? 'Deletes from' : 'Works on'} a database (${name})`,
      ...(drops ? { final: true } : {}),
    },
  ];
}

function containerTraits({ name, args }: ShellCommand): Trait[] {
  const text = args.map(arg => arg ?? '').join(' ');
  if (/\b(push|login)\b/.test(text))
    return [{ score: 80, reason: `Publishes an image (${name})`, network: anywhere, final: true }];
  return [
    { score: /--privileged|-v\s*\/:|prune|rm\b/.test(text) ? 60 : 30, reason: `Runs containers (${name})` },
  ];
}

function modeTraits({ name, args }: ShellCommand): Trait[] {
  const text = args.map(arg => arg ?? '').join(' ');
  if (/\b[2-7]7{3}\b|\+s|\b[246]\d{3}\b|\b777\b/.test(text))
    return [{ score: 40, reason: `Opens files to everybody, or lets them run as another (${name})` }];
  return [{ score: /-R/.test(text) ? 20 : 8, reason: `Changes who may use files (${name})` }];
}
