import { anonymise } from './support.js';

/** A user: { id, name, email, createdAt, lastSignInAt (ISO dates; null: never signed in), openInvoices (count) } */
export const byId = (users, id) => users.find(user => user.id === id);

/** Signed in within the last 30 days. Marketing's word for it. */
export const isActive = (user, now) =>
  user.lastSignInAt !== null && now - Date.parse(user.lastSignInAt) < 30 * 86_400_000;

/** Support hides users who have not come back in a year from its list. */
export const isDormant = (user, now) =>
  user.lastSignInAt === null || now - Date.parse(user.lastSignInAt) > 365 * 86_400_000;

const inactiveMonths = 24;

/** The users, those without a sign-in for 24 months anonymised unless invoices are open. */
export function removeInactive(users, now) {
  const since = new Date(now);
  since.setUTCMonth(since.getUTCMonth() - inactiveMonths);
  return users.map(user => {
    const last = Date.parse(user.lastSignInAt ?? user.createdAt);
    return last < since.getTime() && user.openInvoices === 0 ? anonymise(user) : user;
  });
}
