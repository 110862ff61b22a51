import { z } from 'zod';

/** Text of nbformat is a string or its lines. */
const Text = z.union([z.string(), z.array(z.string()).transform(lines => lines.join(''))]);
const Data = z.record(z.string(), z.unknown());
const Output = z.looseObject({
  output_type: z.string(),
  text: Text.optional(),
  data: Data.optional(),
  ename: z.string().optional(),
  evalue: z.string().optional(),
});
const Cell = z.looseObject({
  cell_type: z.string(),
  source: Text.optional(),
  execution_count: z.number().nullish(),
  outputs: z.array(z.unknown()).optional(),
});
const Notebook = z.looseObject({ nbformat: z.number(), cells: z.array(z.unknown()) });

const mostCells = 2_000;
const mostOutputChars = 2_000;

/** The cells of a Jupyter notebook as text, with the beginning of what each printed; null where it is none. */
export function notebookText(json: string): { cells: number; text: string } | null {
  const notebook = Notebook.safeParse(parsed(json)).data;
  if (!notebook) return null;
  const { cells } = notebook;
  const parts = cells.slice(0, mostCells).map((each, at) => cellText(each, at + 1));
  if (cells.length > mostCells) parts.push(`--- ${cells.length - mostCells} more cells are not shown ---`);
  return { cells: cells.length, text: parts.join('\n') };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function cellText(value: unknown, number: number): string {
  const cell = Cell.safeParse(value).data;
  if (!cell) return `--- cell ${number} cannot be read ---`;
  const ran = cell.execution_count ? `, ran as [${cell.execution_count}]` : '';
  const outputs = (cell.outputs ?? []).map(outputText).filter(Boolean);
  const shown = outputs.length > 0 ? `\n--- output of cell ${number} ---\n${outputs.join('\n')}` : '';
  return `--- cell ${number}: ${cell.cell_type}${ran} ---\n${cell.source ?? ''}${shown}`;
}

function outputText(value: unknown): string {
  const output = Output.safeParse(value).data;
  if (!output) return '(an output that cannot be read)';
  if (output.output_type === 'error') return `${output.ename ?? 'error'}: ${clip(output.evalue ?? '')}`;
  const data = output.data ?? {};
  const plain = Text.safeParse(data['text/plain']).data ?? output.text ?? '';
  const others = Object.entries(data).filter(([type]) => type !== 'text/plain');
  const named = others.map(([type, content]) => `(${type}, ${sizeOf(content)} characters)`);
  return [clip(plain).trimEnd(), ...named].filter(Boolean).join('\n');
}

const sizeOf = (content: unknown) =>
  typeof content === 'string' ? content.length : (JSON.stringify(content)?.length ?? 0);

const clip = (text: string) =>
  text.length > mostOutputChars
    ? `${text.slice(0, mostOutputChars).toWellFormed()}… (${text.length} characters)`
    : text;
