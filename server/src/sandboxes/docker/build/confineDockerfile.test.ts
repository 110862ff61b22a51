// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Dockerfiles

import { failure } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import { confineDockerfile } from './confineDockerfile.ts';

const label = 'LABEL "deckhand.house"="h"';
const confine = async (text: string) => {
  const asked: string[] = [];
  const confined = await confineDockerfile(text, {
    base: 'deckhand-base:1',
    labels: { 'deckhand.house': 'h' },
    find: async name => {
      asked.push(name);
      return name.startsWith('bad')
        ? failure('bad_request', `not ${name}`)
        : { ok: true, id: `sha256:${name}` };
    },
  });
  return { confined, asked, text: confined.ok ? confined.text : confined.message };
};

test('each stage begins from an image by its id and is labelled; variables are put in, stages stay names', async () => {
  const { text, asked } = await confine(
    'ARG V=1\nARG I="a:${V}"\nFROM $I AS One\nRUN x\nfrom --platform=linux/amd64 ${DECKHAND_BASE:-no}\nCOPY --chown=1 --from=one /a /a\nCOPY --from=b:2 /b /b\nFROM one\nFROM scratch\n',
  );
  expect(text.split('\n')).toEqual([
    'ARG V=1',
    'ARG I="a:${V}"',
    'FROM sha256:a:1 AS One',
    label,
    'RUN x',
    'FROM sha256:deckhand-base:1',
    label,
    'COPY --chown=1 --from=one /a /a',
    'COPY --from=sha256:b:2 /b /b',
    'FROM one',
    label,
    'FROM scratch',
    label,
    '',
  ]);
  expect(asked).toEqual(['a:1', 'deckhand-base:1', 'b:2']);
});

test('an instruction of several lines becomes one, also with remarks, empty lines, Windows line ends, another escape sign', async () => {
  const { text } = await confine('FROM \\\n# which\n  a\r\nRUN echo \\\n  FROM here && \\\n\n  true\n');
  expect(text).toBe(`FROM sha256:a\n${label}\nRUN echo   FROM here &&   true\n`);
  const other = await confine('# escape=`\r\nFROM a\r\nRUN dir c:\\\r\nRUN x `\r\n y\r\n');
  expect(other.text).toBe(`# escape=\`\nFROM sha256:a\n${label}\nRUN dir c:\\\nRUN x  y\n`);
});

test('an escape directive counts only before everything else, as it does for the engine', async () => {
  for (const [head, sign] of [
    ['# escape=`\n', '`'],
    ['\uFEFF#escape=`\n', '`'],
    ['# syntax=docker/dockerfile:1\n# ESCAPE = `\n', '`'],
    ['# a remark\n# escape=`\n', '\\'],
    ['\n# escape=`\n', '\\'],
    ['FROM a\n# escape=`\n', '\\'],
  ] as const) {
    const { text } = await confine(`${head}FROM a\nRUN x ${sign}\n y\n`);
    expect([head, text.endsWith('RUN x  y\n')]).toEqual([head, true]);
  }
});

test('volumes are left out, and that is said', async () => {
  const { confined } = await confine('FROM a\nVOLUME /data \\\n /more\nvolume ["/x"]\n');
  expect(confined).toMatchObject({ ok: true, text: `FROM sha256:a\n${label}\n`, notes: expect.any(Array) });
  if (confined.ok)
    expect(confined.notes.join('\n')).toMatch(/VOLUME \/data {2}\/more is left out[\s\S]*VOLUME \["\/x"\]/);
});

test.each([
  'FROM bad:1',
  'FROM a\nFROM bad:2 AS x',
  'FROM a\nCOPY --from=bad:3 / /',
  'FROM a\nCOPY \\\n --chown=1 \\\n --from=bad:4 / /',
  'FROM a\nCOPY --fr\\om=bad:5 / /',
  'FROM a\nCOPY --f"ro"m=bad:6 / /',
  'FROM a\nCOPY --from=$X / /',
  'FROM a$(id)',
  'FROM ${X%%y}',
  'FROM a\nADD http://169.254.169.254/latest /x',
  'FROM a\nADD HTTPS://10.0.0.1/ /x',
  'FROM a\nADD a ["http://10.0.0.1/", "/x"]',
  'FROM a\nADD ["http://10.0.0.1/", "/x"]',
  'FROM a\nADD ["\\u0068ttp://10.0.0.1/", "/x"]',
  'FROM a\nADD h"t"tp://10.0.0.1/ /x',
  'FROM a\nARG U=http://10.0.0.1/\nADD $U /x',
  'FROM a\nADD --chown=1 ${U} /x',
  'FROM a\nADD git@10.0.0.1:x.git /x',
  'FROM a\nONBUILD ADD http://10.0.0.1/ /x',
  'FROM a\nONBUILD VOLUME /x',
  'FROM a\nONBUILD COPY --from=a / /',
  'FROM a\n<<EOF x',
  // Builders that know them would take what follows for text, and `x` for an image of the engine.
  'FROM a\nRUN <<EOF\nFROM b AS x\nEOF\nCOPY --from=x / /',
  'FROM a\nRUN cat <<-"EOF" > /f\nFROM b AS x\nEOF\nCOPY --from=x / /',
  'FROM a\nCOPY 3<<E /f\nFROM b AS x\nE\nCOPY --from=x / /',
  'FROM a\nONBUILD RUN <<EOF\nEOF',
  // A line that goes on for one reader and ends for another hides the next.
  'FROM a\nRUN x \\\u00a0\nFROM b AS y\nCOPY --from=y / /',
  'FROM a\nRUN x \\\u2003\nFROM b AS y\nCOPY --from=y / /',
  'FROM a\nRUN x \\\r\r\nFROM b AS y\nCOPY --from=y / /',
  'FROM a\nRUN x \\\u000b\nFROM b AS y\nCOPY --from=y / /',
  'FROM a\nRUN x \rFROM b AS y\nCOPY --from=y / /',
  'FROM a\nRUN x \u2028FROM b AS y',
  // Blank for the engine, and no blank here.
  'FROM a\nCOPY \u0085--from=bad:7 / /',
  'FROM a\nADD \u0085http://10.0.0.1/ /x',
  'FROM a\nRUN\u0000 x',
  'FROM a\nRUN --mount=type=bind,from=bad:8 cat /x',
  'FROM a\nRUN --network=host curl x',
  'FROM a\nRUN --security=insecure x',
  'FROM a\nONBUILD RUN --mount=type=bind,from=b x',
])('%j is refused', async text => {
  expect((await confine(text)).confined).toMatchObject({ ok: false, code: 'bad_request' });
});

test.each([
  'FROM a\nADD files.tar /x',
  'FROM a\nADD ["my file", "/x"]',
  'FROM a\nADD ./$DIR /x',
  'FROM a\nADD --chown=1:1 . /x',
  'FROM a\nRUN cat <<< word && echo $((1<<3)) a\\\\',
  'FROM a\nRUN x --mount=y',
])('%j is left as it is', async text => {
  expect((await confine(text)).text).toBe(`${text.replace('FROM a', `FROM sha256:a\n${label}`)}\n`);
});
