/** One of several, by name. */
export function Picker<T extends string | number>(props: {
  label: string;
  value: T;
  choices: readonly { value: T; name: string }[];
  testId: string;
  onPick: (value: T) => void;
}) {
  const { label, value, choices, testId, onPick } = props;
  const pick = (text: string) => {
    const found = choices.find(choice => String(choice.value) === text);
    if (found) onPick(found.value);
  };
  return (
    <label className="pick">
      <span className="dh-quiet">{label}</span>
      <select value={value} data-testid={testId} onChange={event => pick(event.target.value)}>
        {choices.map(choice => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
    </label>
  );
}
