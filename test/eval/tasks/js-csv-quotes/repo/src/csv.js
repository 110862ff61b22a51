/** Rows of a CSV text as objects by the names of its first line. */
export function parse(text) {
  const [header, ...lines] = text.trim().split('\n').map(line => line.split(','));
  return lines.map(cells => Object.fromEntries(header.map((name, i) => [name, cells[i]])));
}
