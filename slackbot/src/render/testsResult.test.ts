import { expect, test } from '@jest/globals';
import { testsResult } from './testsResult.ts';

test.each([
  ['Jest', 'Test Suites: 1 passed, 1 total\nTests:       2 skipped, 3 passed, 5 total\n'],
  ['Vitest', ' Test Files  1 passed (1)\n      Tests  27 passed | 1 skipped (28)\n   Start at  16:29:19\n'],
  [
    'Vitest in colour',
    '\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m3 passed\u001b[39m\u001b[22m\u001b[90m (3)\u001b[39m\n',
  ],
  ['Mocha', '  49 passing (106ms)\n'],
  ['Node', '# tests 3\n# pass 3\n# fail 0\n'],
  ['Node, spec', 'ℹ tests 3\nℹ pass 3\nℹ fail 0\n'],
  ['AVA', '  3 tests passed\n'],
  ['Bun', ' 3 pass\n 0 fail\n 4 expect() calls\n'],
  ['pytest', '============ 5 passed, 1 skipped, 2 warnings in 0.12s =============\n'],
  ['pytest -q', '5 passed in 0.12s\n'],
  ['unittest', 'Ran 5 tests in 0.001s\n\nOK\n'],
  ['Go', 'ok  \texample.com/a\t0.123s\nok  \texample.com/b\t(cached)\n'],
  [
    'Cargo',
    'test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n',
  ],
  ['RSpec', '5 examples, 0 failures, 1 pending\n'],
  ['PHPUnit', 'OK (5 tests, 12 assertions)\n'],
  ['Surefire', '[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0\n'],
  ['.NET', 'Passed!  - Failed:     0, Passed:     5, Skipped:     0, Total:     5\n'],
])('%s says that all passed', (_, output) => {
  expect(testsResult(`some line\n${output}`)).toBe('passed');
});

test.each([
  ['Jest', 'Tests:       1 failed, 3 passed, 4 total\n'],
  [
    'Jest, a suite that does not load',
    'Test Suites: 1 failed, 1 passed, 2 total\nTests:       3 passed, 3 total\n',
  ],
  ['Vitest', ' Test Files  1 failed (1)\n      Tests  1 failed | 27 passed (28)\n'],
  ['Mocha', '  48 passing (106ms)\n  1 failing\n'],
  ['Node', '# pass 3\n# fail 1\n'],
  ['AVA', '  1 test failed\n'],
  ['Bun', ' 3 pass\n 1 fail\n'],
  ['pytest', '======= 1 failed, 4 passed in 0.12s =======\n'],
  ['pytest, at collection', '=========== 1 error in 0.08s ===========\n'],
  ['pytest, a fixture', '==== 4 passed, 1 error in 0.08s ====\n'],
  ['unittest', 'Ran 5 tests in 0.001s\n\nFAILED (failures=1)\n'],
  ['Go', 'ok  \texample.com/a\t0.123s\n--- FAIL: TestB (0.00s)\nFAIL\nFAIL\texample.com/b\t0.004s\nFAIL\n'],
  ['Cargo', 'test result: FAILED. 4 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n'],
  ['RSpec', '5 examples, 1 failure\n'],
  ['PHPUnit', 'FAILURES!\nTests: 5, Assertions: 12, Failures: 1.\n'],
  ['Surefire', '[ERROR] Tests run: 5, Failures: 1, Errors: 0, Skipped: 0\n'],
  ['.NET', 'Failed!  - Failed:     1, Passed:     4, Skipped:     0, Total:     5\n'],
])('%s says that some failed', (_, output) => {
  expect(testsResult(output)).toBe('failed');
});

test.each([
  ['nothing', ''],
  ['words of a program', 'All tests passed!\n5 passed the gate\nDone in 3.2s\n'],
  ['no test at all', 'Tests:       0 total\n'],
  ['Go without tests', 'ok  \texample.com/a\t0.1s [no tests to run]\n?   \texample.com/b\t[no test files]\n'],
  ['a question of where', 'grep: passing (it)\n'],
])('%s says nothing', (_, output) => {
  expect(testsResult(output)).toBeNull();
});

test('a flood of what looks like a summary is read in no time', () => {
  expect(testsResult(`Tests: ${'1 a, '.repeat(200_000)}`)).toBeNull();
  expect(testsResult(`${'1 failed, '.repeat(200_000)} in`)).toBeNull();
});
