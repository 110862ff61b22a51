/** What of undici, which is Node's own `fetch`, is used here. */
type Dispatch = (options: object, handler: unknown) => boolean;
type Dispatcher = { compose: (wrap: (dispatch: Dispatch) => Dispatch) => unknown };

const isDispatcher = (value: unknown): value is Dispatcher =>
  typeof value === 'object' && value !== null && 'compose' in value && typeof value.compose === 'function';

/** The one that every `fetch` of this process goes through, with the proxy that the environment names; Node says so. */
const processDispatcher = (): unknown =>
  Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.2')) ??
  Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));

/**
 * The process's `fetch` without its limit of five silent minutes, after which it cuts any connection: some models think
 * longer, and `Liveness` says when one is given up.
 */
export const patientFetch: typeof fetch = (input, init) => {
  const dispatcher = processDispatcher();
  if (!isDispatcher(dispatcher)) return fetch(input, init);
  const patient = dispatcher.compose(
    dispatch => (options, handler) => dispatch({ ...options, bodyTimeout: 0, headersTimeout: 0 }, handler),
  );
  return fetch(input, { ...init, dispatcher: patient } as RequestInit);
};
