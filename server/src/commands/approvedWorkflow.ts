import type { Author, Result, WorkflowGraph } from '@deckhand/shared';
import type { Meta } from '../sessions/store/meta.ts';
import { checkGraph, graphText, readGraph } from '../tasks/workflow/graph.ts';
import { graphTerms, type TermsDeps } from '../tasks/workflow/terms.ts';

type Edited = {
  meta: Meta;
  /** Who approves it: it runs in their name. */
  author: Author;
  text: string | undefined;
  workflow: WorkflowGraph | undefined;
};

/** A graph as somebody approves it: as it was proposed, or as they changed it, in its form or in its text. */
export const approvedWorkflow =
  (deps: TermsDeps, { meta, author, text, workflow }: Edited) =>
  async (proposed: WorkflowGraph): Promise<Result<{ graph: WorkflowGraph; text: string }>> => {
    const read = workflow || text === undefined ? null : readGraph(text);
    if (read && !read.ok) return read;
    const graph = workflow ?? read?.graph ?? proposed;
    const checked = checkGraph(graph, await graphTerms(deps, { meta, author }, graph));
    return checked.ok ? { ok: true, graph, text: graphText(graph) } : checked;
  };
