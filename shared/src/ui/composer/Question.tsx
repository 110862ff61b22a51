/** Likely answers to what the agent asked: one click answers. The question itself stands in the timeline. */
export function Question({
  question,
  choices,
  onAnswer,
}: {
  question: string;
  choices: readonly string[];
  onAnswer: (text: string) => void;
}) {
  if (choices.length === 0) return null;
  return (
    <section className="dh-choices" data-testid="choices" aria-label={`Answers to: ${question}`}>
      {choices.map(choice => (
        <button
          key={choice}
          type="button"
          className="dh-button dh-choice"
          data-testid="choice"
          onClick={() => onAnswer(choice)}
        >
          {choice}
        </button>
      ))}
    </section>
  );
}
