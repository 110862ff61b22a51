import type { Capture, CaptureComponent, CaptureNode, SourcePlace } from './capture.ts';

/** How much of a capture is written out. */
export type Detail = {
  depth: number;
  /** Of siblings that look alike. */
  rows: number;
  /** Levels of the tree whose computed styles and boxes are said; 0: of the picked one alone. */
  styles: number;
  boxes: number;
  attrs: boolean;
  /** Names in `class` of what is inside; of the picked one all. */
  classes: number;
  /** Characters of one text. */
  textChars: number;
  /** Props and state of so many components. */
  props: number;
  owners: number;
};

export const placeText = ({ file, line, column }: SourcePlace) =>
  [file, line, column].filter(part => part !== undefined).join(':');

const quoted = (text: string, chars: number) =>
  JSON.stringify(text.length > chars ? `${text.slice(0, chars)}…` : text);
const pairsText = (pairs: Record<string, string>) =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** Where it is used is most often the place that its owner is said to be at, a line below. */
function componentText({ name, source, usedAt, key }: CaptureComponent, owner?: CaptureComponent): string {
  const at = source && placeText(source);
  const used = usedAt && placeText(usedAt);
  const isSaid = owner?.source !== undefined && used === placeText(owner.source);
  const places = [at, used && !(at && isSaid) && (at ? `used at ${used}` : used)].filter(Boolean);
  return `<${name}>${key === undefined ? '' : ` key=${key}`}${places.length > 0 ? ` ${places.join(', ')}` : ''}`;
}

function attrsText(attrs: Record<string, string>, most: number): string {
  const classes = attrs.class?.split(' ') ?? [];
  if (classes.length <= most) return pairsText(attrs);
  return pairsText({ ...attrs, class: `${classes.slice(0, most).join(' ')}…` });
}

/** Roles of which there are many and that their tags say already. */
const plainRoles: Readonly<Record<string, string>> = {
  tr: 'row',
  td: 'cell',
  tbody: 'rowgroup',
  thead: 'rowgroup',
  ul: 'list',
  ol: 'list',
  li: 'listitem',
};

/** One line of the tree, without its children. */
export function nodeText(node: CaptureNode, detail: Detail, level = 0): string {
  const says = node.role && node.role !== node.tag && plainRoles[node.tag] !== node.role;
  const parts = [says ? `${node.tag} ${node.role}` : node.tag];
  if (node.component) parts.push(`<${node.component}>`);
  if (node.name) parts.push(quoted(node.name, detail.textChars));
  if (node.text && node.text !== node.name) parts.push(`text=${quoted(node.text, detail.textChars)}`);
  if (detail.attrs && node.attrs && Object.keys(node.attrs).length > 0)
    parts.push(attrsText(node.attrs, level === 0 ? Number.POSITIVE_INFINITY : detail.classes));
  // Its attribute says that already.
  const isSaid = detail.attrs && node.hidden === 'aria-hidden' && node.attrs?.['aria-hidden'];
  if (node.hidden && !isSaid) parts.push(`(${node.hidden})`);
  if (node.opaque) parts.push(`(${node.opaque})`);
  if (level <= detail.boxes && node.box) parts.push(`[${node.box.map(side => Math.round(side)).join(' ')}]`);
  if (level <= detail.styles && node.style && Object.keys(node.style).length > 0)
    parts.push(`{${pairsText(node.style).replaceAll('=', ':')}}`);
  return `#${node.id} ${parts.join(' ')}`;
}

export type Lines = { lines: string[]; leftOut: Set<string> };

/** The tree as indented lines; what the detail does not allow is counted, not silently gone. */
export function treeLines(node: CaptureNode, detail: Detail, out: Lines, level = 0): void {
  const indent = '  '.repeat(level);
  out.lines.push(`${indent}${nodeText(node, detail, level)}`);
  const children = node.children ?? [];
  const shown = level < detail.depth;
  for (const run of shown ? runsOf(children) : []) {
    for (const child of run.slice(0, detail.rows)) treeLines(child, detail, out, level + 1);
    const more = Math.max(0, run.length - detail.rows) + (run.at(-1)?.more ?? 0);
    if (more > 0) {
      out.lines.push(`${indent}  … ${more} more like it`);
      out.leftOut.add('rows of lists');
    }
  }
  const below = (node.omitted ?? 0) + (shown ? 0 : sum(children));
  if (below > 0) {
    out.lines.push(`${indent}  … ${below} more under #${node.id}`);
    out.leftOut.add('deep parts of the tree');
  }
}

/** Siblings in runs of the same shape. */
function runsOf(children: readonly CaptureNode[]): CaptureNode[][] {
  const runs: CaptureNode[][] = [];
  for (const child of children) {
    const run = child.alike ? runs.at(-1) : undefined;
    if (run) run.push(child);
    else runs.push([child]);
  }
  return runs;
}

const sum = (nodes: readonly CaptureNode[]): number =>
  nodes.reduce(
    (total, node) => total + 1 + (node.more ?? 0) + (node.omitted ?? 0) + sum(node.children ?? []),
    0,
  );

/** Everything above the tree. */
export function headLines(capture: Capture, detail: Detail): string[] {
  const { page, node, framework, components, within } = capture;
  const { width, height, scale } = page.viewport;
  const lines = [
    `page: ${page.url}${page.title ? ` ${quoted(page.title, 120)}` : ''}`,
    `viewport: ${width}x${height}${scale === 1 ? '' : ` @${scale}x`}`,
  ];
  const build = [framework.version, framework.build].filter(Boolean).join(' ');
  if (framework.name !== 'none')
    lines.push(`framework: ${framework.name}${build ? ` (${build} build)` : ''}`);
  if (within.length > 0) lines.push(`within: ${within.slice(-8).join(' > ')}`);
  lines.push(`picked ${capture.kind}: ${nodeText(node, { ...detail, attrs: true, boxes: 0 })}`);
  lines.push(`selector: ${capture.selector}`);
  const shown = components.slice(0, detail.owners);
  if (shown.length > 0) {
    lines.push('drawn by (nearest first):');
    for (const [i, component] of shown.entries()) {
      lines.push(`  ${componentText(component, shown[i + 1])}`);
      if (i >= detail.props) continue;
      for (const part of ['props', 'state'] as const) {
        const pairs = component[part];
        if (pairs && Object.keys(pairs).length > 0) lines.push(`    ${part}: ${pairsText(pairs)}`);
      }
    }
  }
  if (capture.console?.length) lines.push('console errors:', ...capture.console.map(line => `  ${line}`));
  if (capture.requests?.length) lines.push('failed requests:', ...capture.requests.map(line => `  ${line}`));
  return lines;
}
