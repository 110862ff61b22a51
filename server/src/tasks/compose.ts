import { Children, type ChildrenDeps } from './children.ts';

/** Of the configuration, what sessions that agents begin go by. */
export type ChildSettings = { DECKHAND_CHILDREN: number; DECKHAND_CHILD_DEPTH: number };

export const openChildren = ({
  config,
  ...deps
}: Omit<ChildrenDeps, 'limits'> & { config: ChildSettings }): Children =>
  new Children({
    ...deps,
    limits: { children: config.DECKHAND_CHILDREN, depth: config.DECKHAND_CHILD_DEPTH },
  });
