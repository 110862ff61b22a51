import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { drawMarks, type Mark, type Tool } from './annotations.ts';
import type { Shot } from './shot.ts';

const tools: { tool: Tool; label: string }[] = [
  { tool: 'arrow', label: 'Arrow' },
  { tool: 'box', label: 'Box' },
  { tool: 'text', label: 'Text' },
  { tool: 'blur', label: 'Blur' },
];

/** Draws on a picture before it is sent. What is blurred is gone from what is sent. */
export function Annotate({ shot, onDone }: { shot: Shot; onDone: (drawn: Shot) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const [marks, setMarks] = useState<readonly Mark[]>([]);
  const [draft, setDraft] = useState<Mark | null>(null);
  const [tool, setTool] = useState<Tool>('arrow');
  const [words, setWords] = useState('');
  useEffect(() => {
    void createImageBitmap(shot.blob).then(setPicture);
  }, [shot]);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context && picture) drawMarks(context, picture, shot, draft ? [...marks, draft] : marks);
  }, [picture, marks, draft, shot]);

  const at = ({ clientX, clientY }: PointerEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return {
      x: ((clientX - box.x) / box.width) * shot.width,
      y: ((clientY - box.y) / box.height) * shot.height,
    };
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    const { x, y } = at(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    const place = { x, y, toX: x, toY: y };
    if (tool === 'text') {
      if (words.trim()) setMarks([...marks, { ...place, tool, text: words.trim() }]);
    } else setDraft({ ...place, tool });
  };
  const move = (event: PointerEvent) => {
    if (!draft) return;
    const { x, y } = at(event);
    setDraft({ ...draft, toX: x, toY: y });
  };
  const end = (event: PointerEvent) => {
    if (!draft) return;
    // Where it is let go counts: the last move may not be drawn yet.
    const { x, y } = at(event);
    setMarks([...marks, { ...draft, toX: x, toY: y }]);
    setDraft(null);
  };
  const done = () => {
    canvas.current?.toBlob(blob => {
      if (blob) onDone({ ...shot, blob, url: URL.createObjectURL(blob) });
    }, 'image/png');
  };
  return (
    <div className="annotate" data-testid="annotate">
      <div className="annotate-tools" role="toolbar" aria-label="Draw on the picture">
        {tools.map(({ tool: name, label }) => (
          <button
            key={name}
            type="button"
            className="dh-button"
            aria-pressed={tool === name}
            onClick={() => setTool(name)}
            data-testid={`tool-${name}`}
          >
            {label}
          </button>
        ))}
        <button
          type="button"
          className="dh-button"
          disabled={marks.length === 0}
          onClick={() => setMarks(marks.slice(0, -1))}
        >
          Undo
        </button>
        <button
          type="button"
          className="dh-button dh-button-primary"
          onClick={done}
          data-testid="annotate-done"
        >
          Done
        </button>
      </div>
      {tool === 'text' && (
        <input
          className="annotate-words"
          aria-label="Words to write"
          placeholder="Write, then click on the picture"
          value={words}
          onChange={event => setWords(event.target.value)}
        />
      )}
      <canvas
        ref={canvas}
        width={shot.width}
        height={shot.height}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={() => setDraft(null)}
        data-testid="annotate-canvas"
      />
    </div>
  );
}
