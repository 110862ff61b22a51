/** Prompts to begin with. */
export function Examples({
  texts,
  onChoose,
}: {
  texts: readonly string[];
  onChoose: (text: string) => void;
}) {
  if (texts.length === 0) return null;
  return (
    <ul className="dh-examples" aria-label="Examples">
      {texts.map(text => (
        <li key={text}>
          <button
            type="button"
            className="dh-button dh-choice"
            data-testid="example"
            onClick={() => onChoose(text)}
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
