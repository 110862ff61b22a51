type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isSaid = (error: unknown) =>
  isFields(error) ? Object.keys(error).length > 0 : typeof error === 'string' && error !== '';

/** The event where it is an error, in whichever API's form; undefined where it is none. */
export function errorIn(event: unknown, name?: string): unknown {
  const given: unknown = Array.isArray(event) ? event[0] : event;
  if (!isFields(given)) return undefined;
  if (isSaid(given.error) || given.type === 'error' || name === 'error') return given;
  if (given.type === 'response.failed') {
    const { response } = given;
    return isFields(response) && isSaid(response.error) ? given : undefined;
  }
  const choice: unknown = Array.isArray(given.choices) ? given.choices[0] : undefined;
  return isFields(choice) && isSaid(choice.error) ? choice : undefined;
}
