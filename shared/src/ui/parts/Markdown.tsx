import { memo, useState } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { growBlocks, noBlocks } from './growingBlocks.ts';

const components: Components = {
  // A link in a model's words leads out of here, tells nobody where from, and opens beside the session.
  a: ({ href, children, title }) => (
    <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  // Loading a picture tells its host who looks on: it is offered as a link instead.
  img: ({ src, alt }) => (
    <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt || 'picture'}
    </a>
  ),
  // The only input that markdown makes: the box of a task list.
  input: ({ checked }) => (
    <input type="checkbox" checked={checked} disabled aria-label={checked ? 'done' : 'to do'} />
  ),
  table: ({ children }) => (
    <div className="dh-table">
      <table>{children}</table>
    </div>
  ),
};
const plugins = [remarkGfm];

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={plugins} components={components}>
      {text}
    </ReactMarkdown>
  );
});

/** Markdown as HTML. Raw HTML inside stays text, and links have safe schemes only. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="dh-markdown">
      <Block text={text} />
    </div>
  );
});

/** The same of a text that is still being written: only its last block is drawn again. */
export function GrowingMarkdown({ text }: { text: string }) {
  const [blocks, setBlocks] = useState(noBlocks);
  const now = growBlocks(blocks, text);
  // While drawing, so that no picture shows the text of before.
  if (now.settled !== blocks.settled || now.open !== blocks.open) setBlocks(now);
  return (
    <div className="dh-markdown">
      {now.settled.map((block, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added behind the last
        <Block key={i} text={block} />
      ))}
      <Block key="open" text={now.open} />
    </div>
  );
}
