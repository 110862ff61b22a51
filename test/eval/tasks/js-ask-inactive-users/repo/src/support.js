/** What remains of somebody who asked to be forgotten: invoices must still find their user. */
export const anonymise = user => ({ ...user, name: 'Former customer', email: null });
