import type { Scope } from '@deckhand/shared';
import type { Deed, Need } from './deed.ts';
import { type Trait, traitsOf } from './risk/commandTraits.ts';
import { hostOf, isRegistry } from './risk/hosts.ts';
import { placeOf } from './risk/paths.ts';
import { type Finding, riskOf } from './risk/score.ts';
import { shellCommands } from './risk/shellCommands.ts';

/** A call as the model asked for it, whatever its arguments are. */
export type AskedCall = { tool: string; input: unknown };
/** Where text came from, in this turn, that nobody here wrote: a fetched page, a picked one, comments. */
export type Provenance = { untrusted: readonly string[] };

const reads: Readonly<Record<string, Scope>> = {
  ...{ read: 'file:read', list: 'file:read', search: 'file:read', git_diff: 'file:read' },
  ...{ process_output: 'shell:read', read_checks: 'file:read', read_reviews: 'file:read' },
  ...{ read_result: 'file:read', search_history: 'file:read', page_expand: 'file:read' },
  ...{ plan: 'file:read', ask: 'file:read', session_status: 'file:read', session_wait: 'file:read' },
  // What it notes changes nothing but what it and people read of its own work.
  ...{ note: 'file:read', recall: 'file:read' },
  // Each call of a task is judged by itself.
  ...{ delegate: 'file:read', task_status: 'file:read', task_wait: 'file:read' },
  ...{ task_cancel: 'file:read', task_message: 'file:read' },
  // A person approves it, and each call of those who do it is judged by itself.
  propose_workflow: 'file:read',
};

/** What a call would do. A tool that nobody placed here counts as one that acts outside. */
export function deedOf({ tool, input }: AskedCall, provenance: Provenance = { untrusted: [] }): Deed {
  const args = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const text = (key: string) => (typeof args[key] === 'string' ? args[key] : '');
  const scope = reads[tool];
  if (scope) return reading(tool, scope, text('path') || text('pattern') || text('query'));
  switch (tool) {
    case 'fetch':
      return fetching(text('url'));
    case 'write':
    case 'edit':
      return withProvenance(writing(tool, args), provenance);
    case 'bash':
      return withProvenance(running(text('command')), provenance);
    case 'process_stop':
      return deed(
        tool,
        text('handle'),
        [{ scope: 'shell:write', level: 'L2', value: text('handle') }],
        [{ score: 8, reason: 'Ends a process that the agent started' }],
      );
    // The push before it is judged by itself.
    case 'open_change':
      return withProvenance(
        deed(
          tool,
          text('title') || 'the session’s change',
          [outside('change', 'L4', text('title'))],
          [{ score: 25, reason: 'Opens the change' }],
        ),
        provenance,
      );
    case 'push':
      return withProvenance(
        deed(
          tool,
          text('branch'),
          [
            outside('push', 'L4', text('branch')),
            ...(args.opens === true ? [outside('change', 'L4', text('branch'))] : []),
          ],
          [
            { score: 20, reason: 'Pushes the work to its branch' },
            ...(args.opens === true ? [{ score: 25, reason: 'Opens the change' }] : []),
          ],
        ),
        provenance,
      );
    case 'spawn_session':
      return withProvenance(
        deed(
          tool,
          `${text('repo')}: ${text('title')}`,
          [outside('child', 'L4', text('repo'))],
          [{ score: 25, reason: 'Begins a session of its own, in the name of the person who asked' }],
        ),
        provenance,
      );
    case 'session_message':
      return withProvenance(
        deed(
          tool,
          text('text'),
          [outside('child', 'L4', text('session'))],
          [{ score: 15, reason: 'Prompts a session that it began' }],
        ),
        provenance,
      );
    case 'update_change':
      return withProvenance(
        deed(
          tool,
          text('title') || 'the session’s change',
          [outside('change', 'L4', text('title'))],
          [{ score: 20, reason: 'Changes the words of the change' }],
        ),
        provenance,
      );
    case 'comment':
      return withProvenance(
        deed(
          tool,
          text('text'),
          [outside('comment', 'L5', text('text').slice(0, 1_000))],
          [{ score: 30, reason: 'Writes where people outside read it' }],
        ),
        provenance,
      );
    default:
      return withProvenance(
        deed(
          tool,
          JSON.stringify(input ?? null),
          [outside('network:external', 'L4', null)],
          [{ score: 50, reason: `What ${tool} does is not known here` }],
        ),
        provenance,
      );
  }
}

const outside = (scope: Scope, level: Need['level'], value: string | null): Need => ({ scope, level, value });

const reading = (tool: string, scope: Scope, value: string): Deed => ({
  tool,
  action: value,
  edits: false,
  needs: [{ scope, level: 'L0', value }],
  risk: null,
});

const deed = (tool: string, action: string, needs: Need[], findings: Finding[]): Deed => ({
  tool,
  action,
  edits: false,
  needs,
  risk: riskOf(findings),
});

function fetching(url: string): Deed {
  const host = hostOf(url);
  const registry = host !== null && isRegistry(host);
  const sends = (URL.canParse(url) ? new URL(url).search.length : url.length) > 200;
  const findings: Finding[] = [
    { score: registry ? 5 : 12, reason: `Reads ${host ?? 'an address that is none'}` },
  ];
  if (sends) findings.push({ score: 35, reason: 'Its address carries much text' });
  return deed(
    'fetch',
    url,
    [outside(registry ? 'network:registry' : 'network:external', 'L3', host)],
    findings,
  );
}

const manyLines = 200;
const linesOf = (value: unknown) => (typeof value === 'string' ? value.split('\n').length : 0);

function writing(tool: string, args: Record<string, unknown>): Deed {
  const path = typeof args.path === 'string' ? args.path : '';
  const place = placeOf(path);
  const findings: Finding[] = [
    { score: 4, reason: tool === 'write' ? 'Writes a whole file' : 'Edits a file' },
  ];
  if (place) findings.push({ score: place.score, reason: `Writes ${place.what}: ${path.slice(0, 100)}` });
  const edits = Array.isArray(args.edits) ? (args.edits as Record<string, unknown>[]) : [args];
  const gone = edits.reduce((sum, edit) => sum + linesOf(edit?.old) - linesOf(edit?.new), 0);
  if (gone > manyLines) findings.push({ score: 30, reason: `Deletes ${gone} lines` });
  return deed(tool, path, [{ scope: 'file:write', level: 'L1', value: path }], findings);
}

/** Nothing that a policy weighs may pass for being written so that nobody understands it. */
const unparsable = 100;

function running(command: string): Deed {
  const script = shellCommands(command);
  const own: Need = { scope: 'shell:write', level: 'L2', value: command };
  const base = { tool: 'bash', action: command, edits: true };
  if (!script.ok) {
    const findings = [
      { score: unparsable, reason: `It cannot be read as a shell command: ${script.message}` },
    ];
    return { ...base, needs: [own, outside('network:external', 'L3', null)], risk: riskOf(findings) };
  }
  const traits = script.commands.flatMap(traitsOf);
  const changes = traits.some(({ score }) => score > 0);
  const needs: Need[] = [
    changes ? own : { ...own, scope: 'shell:read', level: 'L0' },
    ...networkNeeds(traits),
  ];
  if (traits.some(({ final }) => final)) needs.push({ scope: 'shell:write', level: 'L5', value: command });
  return { ...base, needs, risk: changes ? riskOf(traits) : null };
}

function networkNeeds(traits: readonly Trait[]): Need[] {
  const needs = new Map<string, Need>();
  for (const { network } of traits) {
    if (!network) continue;
    const need = outside(network.registry ? 'network:registry' : 'network:external', 'L3', network.host);
    needs.set(`${need.scope} ${need.value}`, need);
  }
  return [...needs.values()];
}

const untrustedScore = 20;

/** What may do harm does more of it at the word of somebody whom nobody here knows. */
function withProvenance(made: Deed, { untrusted }: Provenance): Deed {
  if (untrusted.length === 0 || !made.risk) return made;
  const { score, reasons } = made.risk;
  const from = untrusted.slice(0, 3).join(', ').slice(0, 200);
  const weighed = riskOf([
    {
      score: Math.min(100, score + untrustedScore),
      reason: `This turn has read text that nobody here wrote: ${from}`,
    },
  ]);
  return { ...made, risk: { ...weighed, reasons: [...weighed.reasons, ...reasons].slice(0, 8) } };
}
