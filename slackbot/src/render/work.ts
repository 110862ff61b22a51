import type { ChangedFile, DiffTotals, HeadChange } from '@deckhand/shared';
import { toolTitle } from '@deckhand/shared/toolWords';
import type { Item, MessageItem, PromptItem, ToolItem, TurnEndItem, View } from '@deckhand/shared/view';
import { controlLine } from '@deckhand/shared/words';
import { type TestsResult, testsResult } from './testsResult.ts';

/** `total`: of a list that is cut short. */
export type ChangedList = { files: readonly ChangedFile[]; total?: DiffTotals | undefined };

/** What one turn did, out of the view. */
export type Work = {
  prompts: PromptItem[];
  tools: ToolItem[];
  messages: MessageItem[];
  /** All of the turn, tasks among it. */
  items: readonly Item[];
  files: ChangedList;
  change: HeadChange | null;
  /** How the newest run of tests ended, by its runner's own words. */
  tests: TestsResult | null;
  notices: string[];
  images: { artifactId: string; name: string }[];
  end: TurnEndItem | null;
  startedAt: string;
};

export function workOf(view: View, turnId: string): Work {
  const items = itemsOf(view.items, turnId);
  const tools = items.filter(item => item.kind === 'tool');
  const files = items.findLast(item => item.kind === 'files');
  const end = items.find(item => item.kind === 'turn.end') ?? null;
  return {
    prompts: items.filter(item => item.kind === 'prompt'),
    tools,
    messages: items.filter(item => item.kind === 'message'),
    items,
    files: files?.kind === 'files' ? files : { files: [] },
    change: view.head.changes.at(-1) ?? null,
    tests: testsOf(tools),
    notices: items.flatMap(item => (item.kind === 'notice' && item.level !== 'info' ? item.text : [])),
    images: items.flatMap(item => (item.kind === 'artifact' && isImage(item.artifact) ? item.artifact : [])),
    end,
    startedAt: items[0]?.at ?? '',
  };
}

/** What gave a task is not told as a step besides it, unless no task came of it. */
export const isShownStep = (item: ToolItem): boolean =>
  item.tool !== 'delegate' || (item.state === 'finished' && !item.result.ok);

/** From the turn's beginning to its end, or to where the log is now. */
function itemsOf(items: readonly Item[], turnId: string): Item[] {
  const from = items.findIndex(item => item.kind === 'turn' && item.turnId === turnId);
  if (from < 0) return [];
  const to = items.findIndex((item, i) => i > from && item.kind === 'turn.end' && item.turnId === turnId);
  return items.slice(from, to < 0 ? undefined : to + 1);
}

export const isImage = ({ kind, name }: { kind: string; name: string }) =>
  /image|screenshot/.test(kind) || /\.(png|jpe?g|gif|webp)$/i.test(name);

const testCommand =
  /(^|[\s;&|(])((npm|pnpm|yarn|bun)\s+(run\s+)?(test|t|unit)\b|npx\s+(jest|vitest|mocha)|jest|vitest|pytest|tox|go\s+test|cargo\s+test|mvn\s+(\S+\s+){0,20}test|gradle\s+(\S+\s+){0,20}test|rspec|phpunit|dotnet\s+test|node\s+--test|make\s+test)\b/;

/** A pipeline that ends well tells nothing of the tests in it, nor does a summary where the command failed otherwise. */
function testsOf(tools: readonly ToolItem[]): Work['tests'] {
  const last = tools.findLast(
    ({ tool, input, state }) =>
      tool === 'bash' &&
      state === 'finished' &&
      testCommand.test(String((input as { command?: unknown } | null)?.command ?? '')),
  );
  if (last?.state !== 'finished') return null;
  const told = testsResult(last.result.output ?? '');
  return told === 'passed' && !last.result.ok ? null : told;
}

/** What it is doing at this moment, in a few words: "running npm test". */
export function activityOf(view: View, turnId: string): string {
  const { control, state } = view.head;
  if (control && state !== 'running') return `paused: ${controlLine(control)}`;
  const { tools } = workOf(view, turnId);
  const running = tools.findLast(({ state }) => state === 'running');
  if (running) return doing(running);
  if (view.drafts.some(({ kind }) => kind === 'message')) return 'writing';
  const { sandbox } = view.head;
  if (sandbox && ['warming', 'restoring', 'syncing'].includes(sandbox.state) && tools.length === 0)
    return 'reading the code while a sandbox warms';
  return 'thinking';
}

const verbs: Record<string, string> = {
  read: 'reading',
  write: 'writing',
  edit: 'editing',
  list: 'looking through',
  search: 'searching for',
  bash: 'running',
  git_diff: 'reviewing',
  ask: 'asking',
  page_expand: 'looking closer at the page',
};

export function doing({ tool, input }: ToolItem): string {
  const { verb, object } = toolTitle(tool, input);
  return `${verbs[tool ?? ''] ?? verb.toLowerCase()} ${object}`.trim();
}
