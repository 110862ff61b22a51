type ModelSelectProps = {
  /** Of the server; with fewer than two there is nothing to choose, and nothing is shown. */
  models: readonly string[];
  /** The one that answers where nobody chooses. */
  usual: string | undefined;
  /** Null: the usual one. */
  value: string | null;
  onChange: (model: string | null) => void;
  testId?: string;
};

/** Which model is to answer. */
export function ModelSelect({ models, usual, value, onChange, testId = 'model' }: ModelSelectProps) {
  const first = usual ?? models[0];
  if (models.length < 2 || first === undefined) return null;
  return (
    <select
      className="dh-model-select"
      aria-label="Model"
      title="Model"
      data-testid={testId}
      value={value ?? first}
      onChange={({ target }) => onChange(target.value === first ? null : target.value)}
    >
      {[...new Set([first, ...models])].map(name => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
