import type { CaptureNode } from '@deckhand/shared/capture';
import { askName } from '../react/ask.ts';
import { childrenOf, shadowOf } from './deep.ts';
import { type Describing, describe } from './describe.ts';
import { leaves, ownText, shapeOf, skipped } from './shape.ts';

export type TreeBounds = { nodes: number; depth: number; rows: number };
export const defaultTree: TreeBounds = { nodes: 260, depth: 30, rows: 4 };

export type TreeContext = Describing & {
  /** Numbers elements, and finds them again by their number. */
  idOf: (element: Element) => number;
  bounds: TreeBounds;
  components: boolean;
};

/** The compact tree under an element, broad before deep: where the bounds end it says how much is left out. */
export function treeOf(element: Element, context: TreeContext): CaptureNode {
  let left = context.bounds.nodes;
  const top = describe(element, context.idOf(element), context);
  type Open = { element: Element; node: CaptureNode; depth: number; component: string | null };
  const open: Open[] = [
    { element, node: top, depth: 0, component: context.components ? askName(element) : null },
  ];
  for (let at = open.shift(); at; at = open.shift()) {
    if (at.node.opaque || leaves.has(at.element.localName)) continue;
    const children = childrenOf(at.element).filter(child => !skipped.has(child.localName));
    if (at.depth >= context.bounds.depth || left <= 0) {
      const omitted = countAll(children);
      if (omitted > 0) at.node.omitted = omitted;
      continue;
    }
    const shown: CaptureNode[] = [];
    let before = '';
    let run = 0;
    let omitted = 0;
    for (const given of children) {
      const child = throughWrappers(given);
      const shape = shapeOf(given);
      run = shape === before ? run + 1 : 0;
      before = shape;
      if (run >= context.bounds.rows) {
        const last = shown.at(-1);
        if (last) last.more = (last.more ?? 0) + 1;
        continue;
      }
      if (left <= 0) {
        omitted += countAll([given]);
        continue;
      }
      left--;
      const node = describe(child, context.idOf(child), context);
      const component = context.components && !node.opaque ? askName(child) : null;
      if (component && component !== at.component) node.component = component;
      if (run > 0) node.alike = true;
      shown.push(node);
      open.push({ element: child, node, depth: at.depth + 1, component: component ?? at.component });
    }
    if (shown.length > 0) at.node.children = shown;
    if (omitted > 0) at.node.omitted = omitted;
  }
  return top;
}

/** Native counting: the tree below what is shown may have ten thousand nodes. */
const countAll = (elements: readonly Element[]): number =>
  elements.reduce((sum, element) => sum + 1 + element.getElementsByTagName('*').length, 0);

/** A box around one other thing, with nothing of its own to say, is passed through. */
function throughWrappers(element: Element): Element {
  let at = element;
  for (let n = 0; n < 12; n++) {
    if (at.localName !== 'div' && at.localName !== 'span') return at;
    if (at.id || at.hasAttribute('role') || at.hasAttribute('tabindex') || shadowOf(at) || ownText(at))
      return at;
    if (at.getAttributeNames().some(name => name !== 'class' && name !== 'style')) return at;
    const [only, ...others] = at.children;
    if (!only || others.length > 0 || skipped.has(only.localName)) return at;
    at = only;
  }
  return at;
}
