/** An instruction of a Dockerfile, its continued lines joined. */
export type Instruction = { keyword: string; rest: string };
export type Dockerfile = { escapeSign: '\\' | '`'; instructions: Instruction[] };

/**
 * The instructions of a Dockerfile. Written out again by `printDockerfile` each stands on one line of its own and nothing
 * else stands there, so the engine finds no instruction that was not seen here, however it reads comments, blank lines
 * and continuations.
 */
export function parseDockerfile(text: string): Dockerfile {
  const escapeSign = /^(?:#[^\n]*\n)*#\s*escape\s*=\s*`/i.test(text) ? '`' : '\\';
  const continued = escapeSign === '`' ? /^(.*[^`])`[ \t]*$|^`[ \t]*$/s : /^(.*[^\\])\\[ \t]*$|^\\[ \t]*$/s;
  const instructions: Instruction[] = [];
  let open: string | null = null;
  for (const raw of text.replace(/^\uFEFF/, '').split('\n')) {
    const line = raw.replace(/\r$/, '');
    if (/^\s*(#|$)/.test(line)) continue;
    const more = continued.exec(line);
    open = (open ?? '') + (more ? (more[1] ?? '') : line);
    if (more) continue;
    instructions.push(instructionOf(open));
    open = null;
  }
  if (open !== null) instructions.push(instructionOf(open));
  return { escapeSign, instructions };
}

function instructionOf(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? [];
  return { keyword: keyword.toUpperCase(), rest: rest.trim() };
}

export const printDockerfile = ({ escapeSign, instructions }: Dockerfile): string =>
  [
    ...(escapeSign === '`' ? ['# escape=`'] : []),
    ...instructions.map(({ keyword, rest }) => (rest ? `${keyword} ${rest}` : keyword)),
    '',
  ].join('\n');
