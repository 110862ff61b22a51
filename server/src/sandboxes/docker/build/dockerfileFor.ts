import { type Instruction, parseDockerfile, printDockerfile } from './dockerfile.ts';

type Wanted = {
  args?: Record<string, string> | undefined;
  target?: string | undefined;
  /** Debian's, installed at the end. */
  packages?: readonly string[] | undefined;
};

/**
 * A Dockerfile with values for its ARGs written into it, and without the stages behind the one that is wanted: what is
 * built is then what stands there, and is looked at like any other.
 */
export function dockerfileFor(text: string, { args = {}, target, packages = [] }: Wanted): string {
  const more = packages.length > 0 ? `\nUSER root\n${installing(packages)}\n` : '';
  if (Object.keys(args).length === 0 && target === undefined) return `${text}${more}`;
  const { escapeSign, instructions } = parseDockerfile(text);
  const given = instructions.map(each => (each.keyword === 'ARG' ? withValue(each, args) : each));
  return `${printDockerfile({ escapeSign, instructions: upTo(given, target) })}${more}`;
}

/** Where there is no apt, what it would bring is missing, and the log says so. */
const installing = (packages: readonly string[]) =>
  `RUN if command -v apt-get > /dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages.join(' ')} && rm -rf /var/lib/apt/lists/*; else echo "Not installed, as there is no apt-get: ${packages.join(' ')}"; fi`;

function withValue(instruction: Instruction, args: Record<string, string>): Instruction {
  const name = /^([A-Za-z_]\w*)(=|\s*$)/.exec(instruction.rest)?.[1] ?? '';
  const value = Object.hasOwn(args, name) ? args[name] : undefined;
  return value === undefined ? instruction : { keyword: 'ARG', rest: `${name}="${value}"` };
}

/** A stage that is not there leaves all of them: the engine's last is built. */
function upTo(instructions: Instruction[], target: string | undefined): Instruction[] {
  if (target === undefined) return instructions;
  const froms = instructions.flatMap(({ keyword }, i) => (keyword === 'FROM' ? [i] : []));
  const at = froms.findIndex(
    (i, n) =>
      String(n) === target ||
      /\sAS\s+(\S+)\s*$/i.exec(instructions[i]?.rest ?? '')?.[1]?.toLowerCase() === target.toLowerCase(),
  );
  return at < 0 ? instructions : instructions.slice(0, froms[at + 1] ?? instructions.length);
}
