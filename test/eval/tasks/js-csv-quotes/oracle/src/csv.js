/** Cells of each row, with the line of the file that it begins on. */
function rowsOf(text) {
  const rows = [];
  let row = { line: 1, cells: [] };
  let cell = '';
  let quoted = false;
  let line = 1;
  let begun = false;
  const endCell = () => { row.cells.push(cell); cell = ''; };
  const endRow = () => { endCell(); rows.push(row); row = { line: line + 1, cells: [] }; begun = false; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { cell += '"'; i += 1; }
      else if (c === '"') quoted = false;
      else cell += c;
      if (c === '\n') line += 1;
      continue;
    }
    if (c === '"' && cell === '') { quoted = true; begun = true; }
    else if (c === ',') { endCell(); begun = true; }
    else if (c === '\n' || (c === '\r' && text[i + 1] === '\n')) {
      if (c === '\r') i += 1;
      if (begun || cell !== '') endRow();
      else row.line = line + 1;
      line += 1;
    } else { cell += c; begun = true; }
  }
  if (begun || cell !== '') endRow();
  return rows;
}

/** Rows of a CSV text (RFC 4180) as objects by the names of its first line. Throws for a row of another length. */
export function parse(text) {
  const [header, ...rows] = rowsOf(text);
  return rows.map(({ line, cells }) => {
    if (cells.length !== header.cells.length)
      throw new Error(`line ${line} has ${cells.length} fields, the header ${header.cells.length}`);
    return Object.fromEntries(header.cells.map((name, i) => [name, cells[i]]));
  });
}
