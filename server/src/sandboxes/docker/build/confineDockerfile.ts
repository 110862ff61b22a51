import { failure, type Result } from '@deckhand/shared';
import { ambiguity, type Instruction, parseDockerfile, printDockerfile } from './dockerfile.ts';

/** The engine's id of an image that this repository may build on. */
export type FindImage = (name: string) => Promise<Result<{ id: string }>>;

export type Confinement = {
  /** For DECKHAND_BASE, which a Dockerfile may use without declaring it. */
  base: string;
  find: FindImage;
  /** Put on each stage, so that what a build leaves behind says whose it is. */
  labels: Record<string, string>;
};

/**
 * A repository's Dockerfile, made into one whose steps reach no further than a sandbox does: it builds on images that the
 * repository may have (named by id, so that the engine looks nothing up by itself), declares no volumes (they would lie
 * on the engine's disk, past every limit), and lets the engine fetch nothing (its network is the host's).
 */
export async function confineDockerfile(
  text: string,
  { base, find, labels }: Confinement,
): Promise<Result<{ text: string; notes: string[] }>> {
  const { escapeSign, instructions } = parseDockerfile(text);
  const label: Instruction = {
    keyword: 'LABEL',
    rest: Object.entries(labels)
      .map(([name, value]) => `"${name}"="${value}"`)
      .join(' '),
  };
  const args = new Map([['DECKHAND_BASE', base]]);
  const stages = new Set<string>();
  const notes: string[] = [];
  const out: Instruction[] = [];
  let count = 0;
  const imageOf = async (name: string): Promise<Result<{ id: string }>> => {
    if (stages.has(name.toLowerCase()) || name.toLowerCase() === 'scratch') return { ok: true, id: name };
    return find(name);
  };

  for (const instruction of instructions) {
    const { keyword, rest } = instruction;
    if (!/^[A-Z]+$/.test(keyword)) return refuse(`unknown instruction: ${keyword.slice(0, 40)}`);
    const unclear = ambiguity(instruction, escapeSign);
    if (unclear) return refuse(`${keyword} ${rest.slice(0, 200)}: ${unclear}`);
    if (/^RUN$|^ONBUILD$/.test(keyword) && /^(RUN\s+)?--[a-z]/i.test(rest))
      return refuse(
        `${keyword} ${rest.slice(0, 200)}: flags of RUN want another builder than the engine's own`,
      );
    if (keyword === 'VOLUME') {
      notes.push(`VOLUME ${rest} is left out: a sandbox has one disk, at /work.`);
      continue;
    }
    if (keyword === 'ARG' && count === 0) noteArgument(args, rest);
    if (keyword === 'FROM') {
      const words = rest.split(/\s+/).filter(word => !word.startsWith('--'));
      const [wanted = '', as, name] = words;
      if (words.length !== 1 && (words.length !== 3 || as?.toUpperCase() !== 'AS'))
        return refuse(`FROM ${rest}: it takes an image, and a name behind AS`);
      const expanded = expand(wanted, args);
      if (expanded === null) return refuse(`FROM ${rest}: what it names cannot be told`);
      const found = await imageOf(expanded);
      if (!found.ok) return found;
      if (expanded !== found.id) notes.push(`${expanded} is ${found.id}`);
      out.push({ keyword, rest: name ? `${found.id} AS ${name}` : found.id }, label);
      stages.add(String(count));
      if (name) stages.add(name.toLowerCase());
      count += 1;
      continue;
    }
    const inner = keyword === 'ONBUILD' ? parseDockerfile(rest).instructions : [instruction];
    for (const each of inner) {
      if (keyword === 'ONBUILD' && ['VOLUME', 'FROM', 'ONBUILD'].includes(each.keyword))
        return refuse(`ONBUILD ${each.keyword} is not allowed`);
      const bad = fetches(each);
      if (bad) return refuse(bad);
    }
    // The engine takes quotes and escapes out of flags: what they hide would not be seen here.
    const flags = keyword === 'COPY' ? (/^(?:--\S*\s+)*/.exec(rest)?.[0] ?? '') : '';
    if (/["'`\\]/.test(flags)) return refuse(`COPY ${rest}: flags without quotes, please`);
    const copied = keyword === 'COPY' || keyword === 'ONBUILD' ? /(^|\s)--from=(\S*)/i.exec(rest) : null;
    if (!copied) {
      out.push(instruction);
      continue;
    }
    const from = copied[2] ?? '';
    if (keyword === 'ONBUILD' || /[$\\`"']/.test(from))
      return refuse(`${keyword} ${rest}: --from takes a stage or an image by its name`);
    const found = await imageOf(from);
    if (!found.ok) return found;
    out.push({ keyword, rest: rest.replace(copied[0], `${copied[1] ?? ''}--from=${found.id}`) });
  }
  return { ok: true, text: printDockerfile({ escapeSign, instructions: out }), notes };
}

/** Why the engine itself would fetch something for this instruction; null where it would not. */
export function fetches({ keyword, rest }: Instruction): string | null {
  if (keyword !== 'ADD') return null;
  const sources = wordsOf(rest).filter(word => !word.startsWith('--'));
  // Quotes, escapes and variables could make an address of anything that does not begin as a path.
  const bad = sources
    .slice(0, -1)
    .find(word => /^([a-z][a-z0-9+.-]*:|git@)/i.test(word) || /^[^./]*["'$\\`]/.test(word));
  return bad === undefined
    ? null
    : `ADD ${rest}: the engine fetches nothing for a build; use RUN curl, which goes through the proxy`;
}

/** As a list of JSON, else parted by blanks, with quotes around a whole word taken off. */
function wordsOf(rest: string): string[] {
  try {
    const list: unknown = JSON.parse(rest);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // The engine, too, takes it as words then.
  }
  return rest.split(/\s+/).map(word => word.replace(/^(["'])([^"']*)\1$/, '$2'));
}

const refuse = (why: string) => failure('bad_request', why);

function noteArgument(args: Map<string, string>, rest: string): void {
  for (const [, name = '', value] of rest.matchAll(/([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
    if (name === 'DECKHAND_BASE' || value === undefined) continue;
    const expanded = expand(value.replace(/^(["'])(.*)\1$/, '$2'), args);
    if (expanded === null) args.delete(name);
    else args.set(name, expanded);
  }
}

/** With variables put in; null where that cannot be told. An unknown one is empty, as the engine has it. */
function expand(text: string, args: ReadonlyMap<string, string>): string | null {
  const expanded = text
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(
      /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^${}]*))?\})/g,
      (_, ...found: (string | undefined)[]) => {
        const [plain, braced, how, other = ''] = found;
        const value = args.get(plain ?? braced ?? '') ?? '';
        if (how?.endsWith('-')) return value || other;
        if (how?.endsWith('+')) return value && other;
        return value;
      },
    );
  return expanded === '' || /[$\\`"'\s]/.test(expanded) ? null : expanded;
}
