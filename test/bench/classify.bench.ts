import { figuresOf, type Scored, scoreAll } from '../classify/score.ts';
import { openCompany } from '../support/classifyStack.ts';
import { p50p95, type Row } from './figures.ts';

const percent = (part: number, whole: number) => `${Math.round((100 * part) / Math.max(whole, 1))} %`;

function rowOf(what: string, scored: readonly Scored[]): Row {
  const { total, answered, right, unknown, accuracy, asked, inMenu, wrong } = figuresOf(scored);
  const kinds = [...new Set(scored.map(({ message }) => message.kind))].map((kind): [string, string] => {
    const mine = scored.filter(({ message }) => message.kind === kind);
    const good = mine.filter(({ said, message }) => said.repo === message.repo).length;
    return [kind, `${good} of ${mine.length}`];
  });
  return {
    what: `${what}, ${total} messages`,
    ours: `as a colleague would: ${percent(accuracy * total, total)}; answered ${answered}, right ${percent(right, answered)}; unknown ${percent(unknown, total)}; ${inMenu} of ${asked.length} asked back have it in the first three; ${p50p95(scored.map(({ ms }) => ms))} with HTTP`,
    parts: [
      ...kinds,
      ...wrong.map(({ message, said }): [string, string] => ['wrong', `${said.repo}: ${message.text}`]),
    ],
  };
}

/** The stage without a model, and the whole with a real one where a key is there. */
export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  const plain = await openCompany();
  try {
    await scoreAll(plain.server.client());
    rows.push(rowOf('Which repository, without a model', await scoreAll(plain.server.client())));
  } finally {
    await plain.dispose();
  }
  const { OPENAI_API_KEY, OPENAI_BASE_URL = '', DECKHAND_FAST_MODEL } = process.env;
  if (!OPENAI_API_KEY || !DECKHAND_FAST_MODEL) {
    const why = 'not measured: set OPENAI_API_KEY and DECKHAND_FAST_MODEL';
    return [...rows, { what: 'Which repository, with the fast model', ours: why }];
  }
  const whole = await openCompany({ OPENAI_API_KEY, OPENAI_BASE_URL, DECKHAND_FAST_MODEL });
  try {
    rows.push(rowOf(`Which repository, with ${DECKHAND_FAST_MODEL}`, await scoreAll(whole.server.client())));
  } finally {
    await whole.dispose();
  }
  return rows;
}
