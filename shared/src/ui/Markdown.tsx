import { memo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

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

/** Markdown as HTML. Raw HTML inside stays text, and links have safe schemes only. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className="dh-markdown">
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  );
});
