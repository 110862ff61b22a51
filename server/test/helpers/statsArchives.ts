import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const page = readFileSync(fileURLToPath(new URL('../../STATS.md', import.meta.url)), 'utf8');

/** The SQL that server/STATS.md gives under this name. */
export function documentedSql(name: string): string {
  const blocks = [...page.matchAll(/```sql\n(-- (\w+)[\s\S]*?)```/g)];
  const found = blocks.find(block => block[2] === name)?.[1];
  if (!found) throw new Error(`STATS.md has no SQL called ${name}`);
  return found;
}

export type Recount = {
  /** Rows of a query of STATS.md, after `edit` where it says how to vary it. */
  rows(name: string, edit?: (sql: string) => string): Record<string, unknown>[];
  close(): void;
};

/** Exported sessions in one database, as STATS.md says. */
export function openRecount(
  files: readonly string[],
  period: { from: string; to: string },
  teams: readonly [userId: string, team: string][],
): Recount {
  const db = new DatabaseSync(':memory:');
  db.exec(documentedSql('tables'));
  for (const file of files) {
    db.prepare('ATTACH ? AS one').run(file);
    db.exec(documentedSql('gather'));
    db.exec('DETACH one');
  }
  db.exec(documentedSql('views'));
  db.prepare('INSERT INTO period VALUES (?, ?)').run(period.from, period.to);
  for (const [userId, team] of teams) db.prepare('INSERT INTO teams VALUES (?, ?)').run(userId, team);
  return {
    rows: (name, edit = sql => sql) =>
      db
        .prepare(edit(documentedSql(name)))
        .all()
        .map(row => ({ ...row })),
    close: () => db.close(),
  };
}
