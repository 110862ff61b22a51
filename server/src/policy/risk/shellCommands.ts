import { forEachChild, parse, type Redirection, type SyntaxNode, type Word } from 'unbash';

/** One simple command of a script, as it would be run. */
export type ShellCommand = {
  /** Without its directory; null where it is known only once it runs. */
  name: string | null;
  /** A word that is known only once it runs is null. */
  args: readonly (string | null)[];
  /** Files that it writes to by redirection. */
  writes: readonly (string | null)[];
  /** What comes before it in a pipe. */
  after: string | null;
};
export type ShellScript = { ok: true; commands: readonly ShellCommand[] } | { ok: false; message: string };

/** A script within a script within a script: deeper ones are not looked into, and say so. */
const mostDeep = 6;
const mostCommands = 2_000;

/** Programs that run the command in their arguments. */
const wrappers = new Set(
  'sudo doas env nohup time nice ionice setsid stdbuf command builtin exec xargs timeout chroot su flock strace watch parallel unshare nsenter script'.split(
    ' ',
  ),
);
const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'busybox']);

/**
 * The commands of a script, those within substitutions, loops, functions, `sh -c` and wrappers such as `sudo` or
 * `xargs` too. Not ok: it is no shell that we understand.
 */
export function shellCommands(script: string, depth = 0): ShellScript {
  if (depth > mostDeep) return { ok: false, message: 'scripts within scripts' };
  const parsed = parse(script);
  const [error] = parsed.errors ?? [];
  if (error) return { ok: false, message: error.message };
  const commands: ShellCommand[] = [];
  const open: { node: SyntaxNode; after: string | null }[] = [{ node: parsed, after: null }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (commands.length > mostCommands) return { ok: false, message: 'too many commands' };
    const { node, after } = next;
    if (node.type === 'Command') {
      const found = simple(node, after, depth);
      if (!found.ok) return found;
      commands.push(...found.commands);
    }
    if (node.type === 'Pipeline') {
      let before: string | null = null;
      for (const child of node.commands) {
        open.push({ node: child, after: before });
        before = firstWord(child) ?? 'a command';
      }
    } else
      forEachChild(node, child =>
        open.push({ node: child, after: node.type === 'Redirected' ? after : null }),
      );
  }
  return { ok: true, commands };
}

const firstWord = (node: SyntaxNode): string | null =>
  node.type === 'Command' ? (literal(node.name) ?? null) : null;

function simple(
  node: Extract<SyntaxNode, { type: 'Command' }>,
  after: string | null,
  depth: number,
): ShellScript {
  const words = [node.name, ...node.args].flatMap(arg => {
    if (!arg) return [];
    return arg.type === 'Word' ? [literal(arg)] : [arg.text];
  });
  const writes = node.redirects.flatMap(written);
  const here = node.redirects.find(({ operator }) => operator.startsWith('<<'));
  return unwrapped(words, { after, writes, input: here ? hereText(here) : undefined }, depth);
}

type Around = Pick<ShellCommand, 'after' | 'writes'> & { input: string | null | undefined };

/** The command itself, and those that it runs by its arguments. */
function unwrapped(words: readonly (string | null)[], around: Around, depth: number): ShellScript {
  const [first = null, ...args] = words;
  const { after, writes, input } = around;
  if (words.length === 0)
    return { ok: true, commands: writes.length > 0 ? [{ name: '', args, writes, after }] : [] };
  const name = first === null ? null : (first.split('/').at(-1) ?? first);
  const own: ShellCommand = { name, args, writes, after };
  if (name === null) return { ok: true, commands: [own] };
  if (shells.has(name)) return inner(own, scriptOf(args) ?? input, depth);
  if (name === 'eval') return inner(own, args.includes(null) ? null : args.join(' '), depth);
  if (name === 'find') return found(own, depth);
  return wrappers.has(name) ? wrapped(own, depth) : { ok: true, commands: [own] };
}

/** Of how many words of a wrapper each may be where its command begins: options have values, which look like one. */
const mostStarts = 6;
/** Words of all that a wrapper may run: each of them is looked at, and a wrapper of wrappers multiplies them. */
const mostWords = 4_000;

function wrapped(own: ShellCommand, depth: number): ShellScript {
  const starts = own.args.flatMap((arg, at) => (/^-|^[A-Za-z_]\w*=/.test(arg ?? '') ? [] : [at]));
  const commands = [own];
  for (const at of starts.slice(0, mostStarts)) {
    const around = { after: own.after, writes: [], input: undefined };
    const ran = depth > mostDeep ? null : unwrapped(own.args.slice(at), around, depth + mostDeep / 2);
    if (ran?.ok) commands.push(...ran.commands);
    else commands.push({ ...own, name: null, writes: [] });
    const words = commands.reduce((sum, { args }) => sum + args.length, 0);
    if (words > mostWords && commands.length > 1)
      return { ok: false, message: `too much behind ${own.name}` };
  }
  return { ok: true, commands };
}

/** What a shell is given to run. Undefined: a file, or what is typed into it. Null: known only once it runs. */
function scriptOf(args: readonly (string | null)[]): string | null | undefined {
  const at = args.findIndex(arg => arg !== null && /^-[abd-z]*c[a-z]*$/.test(arg));
  return at < 0 ? undefined : (args[at + 1] ?? null);
}

function inner(own: ShellCommand, script: string | null | undefined, depth: number): ShellScript {
  if (script === undefined) return { ok: true, commands: [own] };
  if (script === null) return { ok: true, commands: [own, { ...own, name: null, writes: [] }] };
  const ran = shellCommands(script, depth + 1);
  return ran.ok ? { ok: true, commands: [own, ...ran.commands] } : ran;
}

function found(own: ShellCommand, depth: number): ShellScript {
  const commands = [own];
  own.args.forEach((arg, at) => {
    if (arg === null || !/^-(exec|execdir|ok|okdir)$/.test(arg)) return;
    const ran = unwrapped(own.args.slice(at + 1), { after: null, writes: [], input: undefined }, depth + 1);
    if (ran.ok) commands.push(...ran.commands);
    else commands.push({ ...own, name: null });
  });
  return { ok: true, commands };
}

function written(redirection: Redirection): (string | null)[] {
  const { operator } = redirection;
  if (operator.startsWith('<<') || operator === '<' || operator === '<&' || operator === '>&') return [];
  const target = 'target' in redirection ? literal(redirection.target) : null;
  return target === '/dev/null' || target === '/dev/stderr' || target === '/dev/stdout' ? [] : [target];
}

function hereText(redirection: Redirection): string | null {
  if (redirection.operator === '<<<') return literal((redirection as { target?: Word }).target);
  return 'body' in redirection ? redirection.body.text : null;
}

/** A word as the command gets it; null where variables or commands make it. A glob stands as it is written. */
function literal(word: Word | undefined): string | null {
  if (!word) return null;
  return word.parts?.some(isUnknown) ? null : word.value;
}

type Part = NonNullable<Word['parts']>[number];

function isUnknown(part: Part): boolean {
  switch (part.type) {
    case 'SimpleExpansion':
    case 'ParameterExpansion':
      // Where people live is as good as known.
      return !/^\$\{?(HOME|PWD)\}?$/.test(part.text);
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
      return true;
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.some(isUnknown);
    default:
      return false;
  }
}
