/** An instruction of a Dockerfile, its continued lines joined. */
export type Instruction = { keyword: string; rest: string };
export type Dockerfile = { escapeSign: '\\' | '`'; instructions: Instruction[] };

/**
 * The instructions of a Dockerfile. Written out again by `printDockerfile` each stands on one line of its own and nothing
 * else stands there, so the engine finds no instruction that was not seen here, however it reads comments, blank lines
 * and continuations.
 */
export function parseDockerfile(given: string): Dockerfile {
  const text = given.replace(/^\uFEFF/, '');
  // Only other directives may stand before it: behind a remark it is one itself.
  const directives = /^(?:#\s*(?:syntax|check)\s*=[^\n]*\n)*#\s*escape\s*=\s*`/i;
  const escapeSign = directives.test(text) ? '`' : '\\';
  const continued = escapeSign === '`' ? /^(.*[^`])`[ \t]*$|^`[ \t]*$/s : /^(.*[^\\])\\[ \t]*$|^\\[ \t]*$/s;
  const instructions: Instruction[] = [];
  let open: string | null = null;
  for (const raw of text.split('\n')) {
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

/**
 * Why an instruction cannot be written on a line of its own so that every builder reads it as it was read here; null where
 * it can. What builders take for blank differs, and so where a line goes on; here-documents swallow what follows.
 */
export function ambiguity({ keyword, rest }: Instruction, escapeSign: string): string | null {
  const line = `${keyword} ${rest}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(line))
    return 'it holds a control character';
  const end = line.slice(-1);
  if (end === escapeSign && !line.endsWith(escapeSign.repeat(2))) return `it ends with ${escapeSign}`;
  const here = ['RUN', 'COPY', 'ADD', 'ONBUILD'].includes(keyword) && /(^|\s)\d*<<-?[^<\s]/.test(rest);
  return here ? 'here-documents (<<) are not known to this builder; use several RUN or a file' : null;
}

export const printDockerfile = ({ escapeSign, instructions }: Dockerfile): string =>
  [
    ...(escapeSign === '`' ? ['# escape=`'] : []),
    ...instructions.map(({ keyword, rest }) => (rest ? `${keyword} ${rest}` : keyword)),
    '',
  ].join('\n');
