/** A user: { id, name, email, createdAt, lastSignInAt (ISO dates; null: never signed in), openInvoices (count) } */
export const byId = (users, id) => users.find(user => user.id === id);

/** Signed in within the last 30 days. Marketing's word for it. */
export const isActive = (user, now) =>
  user.lastSignInAt !== null && now - Date.parse(user.lastSignInAt) < 30 * 86_400_000;

/** Support hides users who have not come back in a year from its list. */
export const isDormant = (user, now) =>
  user.lastSignInAt === null || now - Date.parse(user.lastSignInAt) > 365 * 86_400_000;
