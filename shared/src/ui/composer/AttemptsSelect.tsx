const choices = [2, 3, 4, 5];

/** How often a prompt is worked on, side by side; mostly once. */
export function AttemptsSelect({ value, onChange }: { value: number; onChange: (attempts: number) => void }) {
  return (
    <select
      className="dh-model-select"
      aria-label="Attempts"
      title="Work on it several times, side by side, then take the best"
      data-testid="attempts-select"
      value={value}
      onChange={event => onChange(Number(event.target.value))}
    >
      <option value={1}>One attempt</option>
      {choices.map(count => (
        <option key={count} value={count}>
          {count} attempts
        </option>
      ))}
    </select>
  );
}
