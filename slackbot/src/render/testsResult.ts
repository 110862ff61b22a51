import { stripVTControlCharacters } from 'node:util';

export type TestsResult = 'passed' | 'failed';

/** One runner's own summary. `failed` counts above none: it failed; without it, the match alone says how it ended. */
type Summary = { runner: string; line: RegExp };

/**
 * What the runners print at their end, with the counts by name. Each is as its documentation or its own reporter writes
 * it; a line that only looks alike in a program's output has to name counts in the same words.
 */
const summaries: Summary[] = [
  {
    runner: 'Jest',
    line: /^Tests:\s+(?:(?<failed>\d+) failed, )?(?:\d+ \w+, )*?(?:(?<passed>\d+) passed, )?\d+ total$/gm,
  },
  { runner: 'Jest, suites that do not load', line: /^Test Suites:\s+(?<failed>\d+) failed, .*\d total$/gm },
  {
    runner: 'Vitest',
    line: /^[ \t]*Tests[ \t]+(?:(?<failed>\d+) failed)?(?: \| )?(?:(?<passed>\d+) passed)?(?: \| .*)? \(\d+\)$/gm,
  },
  { runner: 'Mocha', line: /^[ \t]*(?<passed>\d+) passing(?: \(\S+\))?$/gm },
  { runner: 'Mocha', line: /^[ \t]*(?<failed>\d+) failing$/gm },
  { runner: 'Node', line: /^(?:# |ℹ )pass (?<passed>\d+)$/gm },
  { runner: 'Node', line: /^(?:# |ℹ )fail (?<failed>\d+)$/gm },
  { runner: 'AVA', line: /^[ \t]*(?<passed>\d+) tests? passed$/gm },
  { runner: 'AVA', line: /^[ \t]*(?<failed>\d+) (?:tests?|hooks?|uncaught exceptions?) failed$/gm },
  { runner: 'Bun', line: /^[ \t]*(?<passed>\d+) pass$/gm },
  { runner: 'Bun', line: /^[ \t]*(?<failed>\d+) fail$/gm },
  {
    runner: 'pytest',
    line: /^(?:=+ )?(?:(?<failed>\d+) failed)?(?:, )?(?:(?<passed>\d+) passed)?(?:, \d+ (?:skipped|deselected|xfailed|xpassed|warnings?))*(?:, (?<errors>\d+) errors?)? in [\d.]+s(?: \(.*\))?(?: =+)?$/gm,
  },
  { runner: 'pytest', line: /^(?:=+ )?(?:\d+ \w+, )*(?<failed>\d+) errors? in [\d.]+s(?: =+)?$/gm },
  { runner: 'unittest', line: /^Ran (?<passed>[1-9]\d*) tests? in [\d.]+s\n+OK(?: \(.*\))?$/gm },
  { runner: 'unittest', line: /^FAILED \((?:failures|errors)=(?<failed>\d+)/gm },
  { runner: 'Go', line: /^ok\s+\S+\s+(?<passed>[\d.]+s|\(cached\))(?!.*no tests to run)/gm },
  { runner: 'Go', line: /^(?<failed>FAIL)(?:\t\S+.*)?$/gm },
  { runner: 'Cargo', line: /^test result: (?:ok|FAILED)\. (?<passed>\d+) passed; (?<failed>\d+) failed;/gm },
  { runner: 'RSpec', line: /^(?<passed>\d+) examples?, (?<failed>\d+) failures?/gm },
  { runner: 'PHPUnit', line: /^OK \((?<passed>\d+) tests?, /gm },
  { runner: 'PHPUnit', line: /^Tests: \d+, Assertions: \d.*(?:Failures|Errors): (?<failed>\d+)/gm },
  {
    runner: 'Surefire',
    line: /Tests run: (?<passed>\d+), Failures: (?<failed>\d+), Errors: (?<errors>\d+)/gm,
  },
  { runner: '.NET', line: /^(?:Passed|Failed)!\s+- Failed:\s+(?<failed>\d+), Passed:\s+(?<passed>\d+),/gm },
];

/** Summaries stand at the end. */
const tailChars = 16_000;

/** How a run of tests ended by its own summary; null where nothing in the output is one. */
export function testsResult(output: string): TestsResult | null {
  const text = stripVTControlCharacters(output.slice(-tailChars)).replaceAll('\r\n', '\n');
  let passed = 0;
  for (const { line } of summaries)
    for (const { groups = {} } of text.matchAll(line)) {
      if (counts(groups.failed) || counts(groups.errors)) return 'failed';
      if (counts(groups.passed)) passed += 1;
    }
  return passed > 0 ? 'passed' : null;
}

/** A count above none, or a word that stands for one. */
const counts = (found: string | undefined) => found !== undefined && found !== '0';
