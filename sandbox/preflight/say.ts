/** Reports progress to a person; one short line each. */
export type Say = (text: string) => void;
