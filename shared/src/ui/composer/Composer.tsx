import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { Client } from '../../client/index.ts';
import { type Attachment, limits, type PromptWhen } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { Examples } from './Examples.tsx';
import { FileChips } from './FileChips.tsx';
import { SuggestionList, suggestionId } from './SuggestionList.tsx';
import type { Suggest } from './suggest.ts';
import { useAttachments } from './useAttachments.ts';
import { useKeptText } from './useKeptText.ts';
import { useSuggestions } from './useSuggestions.ts';

type ComposerProps = {
  label: string;
  placeholder: string;
  /** Unsent text is kept under this name. */
  keepAs: string;
  upload: Client['uploadAttachment'];
  /** A promise of false keeps what was written: it could not be sent. */
  onSend: (text: string, attachments: Attachment[], when: PromptWhen) => unknown;
  /** Offered while a turn runs: for that one, instead of behind it. */
  nowLabel?: string | undefined;
  onType?: () => void;
  /** Left of the buttons: a repository choice, a hint. */
  tools?: ReactNode;
  /** Beside the send button, e.g. stop. */
  actions?: ReactNode;
  sendLabel?: string;
  /** What was written is on its way: it stays as it is. */
  busy?: boolean;
  /** False while nothing can be sent yet; writing can begin all the same. */
  ready?: boolean;
  autoFocus?: boolean;
  testId?: string;
  /** Suggests what is meant by `@…` and `/…`. */
  suggest?: Suggest | undefined;
  /** Offered while the box is empty: one click writes it, to be changed or sent. */
  examples?: readonly string[];
};

/** Where a prompt is written. Enter sends, Shift+Enter starts a new line. */
export function Composer(props: ComposerProps) {
  const { label, placeholder, keepAs, upload, onSend, onType, busy = false, testId = 'composer' } = props;
  const { examples = [], ready = true, nowLabel } = props;
  const [text, setText] = useKeptText(keepAs);
  const attachments = useAttachments(upload);
  const [dragging, setDragging] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const hint = useId();
  const listId = useId();
  const suggestions = useSuggestions(box, setText, props.suggest);
  const suggests = suggestions.shown.length > 0;
  useGrowing(box, text);

  const uploading = attachments.files.some(file => file.state === 'uploading');
  const tooLong = text.length > limits.promptChars;
  const canSend = text.trim() !== '' && !uploading && !tooLong && !busy && ready;
  const problem = tooLong
    ? `A prompt has at most ${limits.promptChars.toLocaleString('en')} characters; this has ${text.length.toLocaleString('en')}.`
    : attachments.refusal;

  const send = async (when: PromptWhen = 'after') => {
    if (!canSend) return;
    const uploaded = attachments.files.flatMap(file => (file.state === 'ready' ? file.attachment : []));
    const answer = onSend(text.trim(), uploaded, when);
    if (answer instanceof Promise && (await answer) === false) return;
    setText('');
    attachments.clear();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggestions.onKeyDown(event)) return;
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send(nowLabel && (event.ctrlKey || event.metaKey) ? 'now' : 'after');
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attachments.add([...event.clipboardData.files]);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    attachments.add([...event.dataTransfer.files]);
  };

  return (
    <form
      className={`dh-composer${dragging ? ' dh-composer-drop' : ''}`}
      data-testid={testId}
      aria-label={label}
      onSubmit={event => {
        event.preventDefault();
        void send();
      }}
      onDragOver={event => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={onDrop}
    >
      <FileChips files={attachments.files} onRemove={attachments.remove} />
      <SuggestionList id={listId} suggestions={suggestions} />
      <textarea
        ref={box}
        className="dh-composer-text"
        data-testid={`${testId}-text`}
        aria-label={label}
        aria-describedby={hint}
        // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and it is this box
        autoFocus={props.autoFocus && hasKeyboard()}
        placeholder={placeholder}
        rows={1}
        readOnly={busy}
        value={text}
        onChange={event => {
          setText(event.target.value);
          if (event.target.value.trim()) onType?.();
          suggestions.look();
        }}
        {...(suggests
          ? {
              'aria-controls': listId,
              'aria-activedescendant': suggestionId(listId, suggestions.chosen),
            }
          : {})}
        onClick={suggestions.look}
        onBlur={suggestions.close}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      {text === '' && (
        <Examples
          texts={examples}
          onChoose={example => {
            setText(example);
            onType?.();
            box.current?.focus();
          }}
        />
      )}
      {problem && (
        <div className="dh-composer-problem" role="alert">
          {problem}
        </div>
      )}
      <div className="dh-composer-bar">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid={`${testId}-files`}
          onChange={event => {
            attachments.add([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label="Attach files"
          title="Attach files"
          onClick={() => picker.current?.click()}
        >
          <Icon name="clip" />
        </button>
        {props.tools}
        <span className="dh-composer-hint" id={hint}>
          {nowLabel ? 'Enter queues, Ctrl+Enter sends now' : 'Enter sends, Shift+Enter starts a new line'}
        </span>
        <span className="dh-composer-buttons">
          {props.actions}
          {nowLabel && (
            <button
              type="button"
              className="dh-button"
              data-testid={`${testId}-now`}
              title="The agent reads it before its next step"
              disabled={!canSend}
              onClick={() => void send('now')}
            >
              {nowLabel}
            </button>
          )}
          <button
            type="submit"
            className="dh-button dh-button-primary"
            data-testid={`${testId}-send`}
            disabled={!canSend}
          >
            <Icon name="send" /> {props.sendLabel ?? 'Send'}
          </button>
        </span>
      </div>
    </form>
  );
}

/** On a phone, focus would cover half the page with its keyboard. */
const hasKeyboard = () => !matchMedia('(pointer: coarse)').matches;

/** As high as its text, up to what the style sheet allows. */
function useGrowing(box: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what makes it grow
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);
}
