import { useState } from 'react';
import type { ToolItem } from '../../view/index.ts';
import { Icon, isIcon } from '../parts/Icon.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
import { duration, riskLine } from '../words.ts';
import { EditDiff } from './EditDiff.tsx';
import { editsOf } from './editLines.ts';
import { useLiveText } from './liveTexts.ts';
import { LiveOutput, Output } from './Output.tsx';
import { inputText, summaryBeyond, toolTitle } from './toolWords.ts';

/** One line for a tool call; open, it shows what went in and what came out. */
export function ToolRow({ item }: { item: ToolItem }) {
  const [open, setOpen] = useState(false);
  const running = item.state === 'running';
  const failed = item.state === 'finished' && !item.result.ok;
  const icon = item.tool !== null && isIcon(item.tool) ? item.tool : 'tool';
  const { verb, object } = toolTitle(item.tool, item.input);
  const summary = item.state === 'finished' ? summaryBeyond(item.result.summary, object) : '';
  return (
    <div className={`dh-tool${running ? ' dh-tool-running' : ''}${failed ? ' dh-tool-failed' : ''}`}>
      <button
        type="button"
        className="dh-tool-line"
        aria-expanded={open}
        data-testid="tool"
        data-state={running || item.state === 'cut' ? item.state : failed ? 'failed' : 'ok'}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        <span className="dh-tool-verb">{verb}</span>
        {object && <code className="dh-tool-object">{object}</code>}
        {summary && <span className="dh-tool-summary">{summary}</span>}
        <ToolState item={item} />
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
      </button>
      {open && <ToolInput item={item} />}
      {open && item.risk && <ToolRisk risk={item.risk} />}
      {running ? <ToolLive callId={item.callId} /> : open && <ToolOutput item={item} />}
    </div>
  );
}

function ToolState({ item }: { item: ToolItem }) {
  if (item.state !== 'finished') {
    const running = <span className="dh-spinner" role="img" aria-label="running" />;
    if (item.state === 'running' && item.waits)
      return <span className="dh-tool-state">waits for approval</span>;
    return <span className="dh-tool-state">{item.state === 'running' ? running : 'not finished'}</span>;
  }
  return (
    <span className="dh-tool-state">
      {duration(item.result.durationMs)}
      <span
        className={item.result.ok ? 'dh-ok' : 'dh-bad'}
        role="img"
        aria-label={item.result.ok ? 'ok' : 'failed'}
      >
        <Icon name={item.result.ok ? 'check' : 'cross'} />
      </span>
    </span>
  );
}

function ToolInput({ item }: { item: ToolItem }) {
  if (editsOf(item.tool, item.input)) return <EditDiff tool={item.tool} input={item.input} />;
  const text = inputText(item.tool, item.input);
  if (!text) return null;
  return <Output text={text} label="Input" />;
}

/** Shown on demand: what speaks for its being risky. */
function ToolRisk({ risk }: { risk: NonNullable<ToolItem['risk']> }) {
  return (
    <div className="dh-output-none" data-testid="tool-risk">
      <span className={`dh-risk dh-risk-${risk.level}`}>{riskLine(risk)}</span> {risk.reasons.join('; ')}
    </div>
  );
}

function ToolOutput({ item }: { item: ToolItem }) {
  if (item.state !== 'finished') return null;
  const { output, truncated, artifactId } = item.result;
  return (
    <>
      {output ? <Output text={output} label="Output" /> : <div className="dh-output-none">No output.</div>}
      {truncated && <Shortened artifactId={artifactId} />}
    </>
  );
}

function Shortened({ artifactId }: { artifactId: string | undefined }) {
  const { artifactUrl } = useSessionLinks();
  const href = artifactId === undefined ? null : artifactUrl(artifactId);
  return (
    <div className="dh-output-none">
      Shortened: the beginning and the end are shown.{' '}
      {href !== null && (
        <a className="dh-link" href={href} download data-testid="whole-output">
          Whole output
        </a>
      )}
    </div>
  );
}

function ToolLive({ callId }: { callId: string }) {
  const text = useLiveText(callId);
  return text ? <LiveOutput text={text} /> : null;
}
