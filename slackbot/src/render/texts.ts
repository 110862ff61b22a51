import { type HeadChange, type Outcome, totalsOf } from '@deckhand/shared';
import { plural } from '@deckhand/shared/words';
import { code, escaped, link } from './mrkdwn.ts';
import type { ChangedList } from './work.ts';

export const outcomeSign: Record<Outcome, string> = {
  done: ':white_check_mark:',
  asked: ':question:',
  stopped: ':black_square_for_stop:',
  failed: ':x:',
  over_budget: ':hourglass:',
};

/** Name of the reaction that takes the place of the eyes. */
export const outcomeReaction: Record<Outcome, string> = {
  done: 'white_check_mark',
  asked: 'question',
  stopped: 'black_square_for_stop',
  failed: 'x',
  over_budget: 'hourglass',
};

export function filesText({ files, total }: ChangedList, most = 5): string {
  if (files.length === 0) return '';
  const { files: count, added, removed } = totalsOf(files, total);
  const names = files.slice(0, most).map(({ path }) => code(path, 60));
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `${plural(count, 'file')} changed, +${added} −${removed}: ${names.join(', ')}${more}`;
}

export function changeText(change: HeadChange): string {
  const name = change.number === undefined ? 'Pull request' : `Pull request #${change.number}`;
  const title = change.title ? ` ${escaped(change.title)}` : '';
  if (change.state === 'waiting')
    return `The branch ${code(change.branch)} is pushed. ${escaped(change.waits ?? 'Its pull request is not opened yet.')}`;
  const label = change.number === undefined && !/\/pull\//.test(change.url) ? 'Branch and diff' : name;
  const state = change.draft && change.state === 'open' ? 'draft' : change.state;
  return `${link(change.url, label)}${title} (${state})${checksText(change)}`;
}

function checksText({ checks }: HeadChange): string {
  if (!checks) return '';
  if (checks.failed > 0) return `, ${plural(checks.failed, 'check')} failed`;
  if (checks.pending > 0) return `, ${plural(checks.pending, 'check')} running`;
  return checks.passed > 0 ? ', checks passed' : '';
}
