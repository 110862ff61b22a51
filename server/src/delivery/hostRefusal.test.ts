import { describe, expect, test } from '@jest/globals';
import { hostRefusal } from './hostRefusal.ts';

const rejected = (reason: string) =>
  `To https://github.com/acme/shop.git\n ! [remote rejected] 1234abc -> deckhand/ses_a-1 (${reason})\nerror: failed to push some refs to 'https://x:token@github.com/acme/shop.git'\n`;
const remote = (...lines: string[]) => lines.map(line => `remote: ${line}\n`).join('');

describe('what commits may mend goes to the agent with the whole reason', () => {
  test.each([
    [
      'GH001',
      remote(
        'error: Trace: 0c1',
        'error: See https://gh.io/lfs for more information.',
        "error: File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
        'error: GH001: Large files detected.',
      ),
      'pre-receive hook declined',
      'File big.bin is 120.00 MB',
    ],
    [
      'GH008',
      remote(
        'error: GH008: Your push referenced at least 1 unknown Git LFS object:',
        '    4d7a2146',
        "Try to push them with 'git lfs push --all'.",
      ),
      'pre-receive hook declined',
      '4d7a2146',
    ],
    [
      'GH013 for secrets',
      remote(
        'error: GH013: Repository rule violations found for refs/heads/deckhand/ses_a-1.',
        '',
        '- GITHUB PUSH PROTECTION',
        '  Push cannot contain secrets',
        '      - commit: 8728dbe67',
        '        path: .env:3',
      ),
      'push declined due to repository rule violations',
      'path: .env:3',
    ],
    [
      'GitLab push rules',
      remote("GitLab: Commit message does not follow the pattern '^[A-Z]+-\\d+'"),
      'pre-receive hook declined',
      'does not follow the pattern',
    ],
  ])('%s', (_, said, reason, words) => {
    const refusal = hostRefusal(said + rejected(reason));
    expect(refusal).toMatchObject({ byAgent: true, text: expect.stringContaining(words) });
    expect(refusal?.text).toContain(reason);
    expect(refusal?.text).not.toContain('token');
  });
});

describe('what people have to change does not', () => {
  test.each([
    [
      'GH006',
      remote('error: GH006: Protected branch update failed for refs/heads/deckhand/x.'),
      'protected branch hook declined',
    ],
    [
      'rules over branches',
      remote(
        'error: GH013: Repository rule violations found.',
        '- Cannot create ref due to creations being restricted.',
      ),
      'push declined due to repository rule violations',
    ],
    [
      'GitLab',
      remote('GitLab: You are not allowed to push code to protected branches on this project.'),
      'pre-receive hook declined',
    ],
    [
      'a branch in the way',
      remote(
        "error: cannot lock ref 'refs/heads/deckhand/ses_a-1': 'refs/heads/deckhand' exists; cannot create 'refs/heads/deckhand/ses_a-1'",
      ),
      'failed to update ref',
    ],
  ])('%s', (_, said, reason) => {
    expect(hostRefusal(said + rejected(reason))).toMatchObject({ byAgent: false });
  });

  test('a branch in the way is named', () => {
    const said = remote(
      "error: cannot lock ref 'refs/heads/deckhand/ses_a-1': 'refs/heads/deckhand' exists; cannot create 'refs/heads/deckhand/ses_a-1'",
    );
    expect(hostRefusal(said + rejected('failed to update ref'))?.text).toContain('A branch named “deckhand”');
  });
});

test('what failed on the way is no refusal', () => {
  expect(hostRefusal('fatal: unable to access: Could not resolve host')).toBeNull();
  expect(hostRefusal(' ! [rejected] a -> b (stale info)\n')).toBeNull();
});
