import sqlite3

before = """SELECT t.id, t.title, (
  SELECT m.text FROM messages m WHERE m.ticket_id + 0 = t.id ORDER BY m.sent_at DESC, m.id DESC LIMIT 1
) AS last
FROM tickets t
WHERE lower(t.team) = lower(:team) AND t.state || '' = 'open'
ORDER BY t.opened_at DESC, t.id DESC
LIMIT 20"""
db = sqlite3.connect(":memory:")
for name in ("schema.sql", "indexes.sql"):
    with open(name) as file:
        db.executescript(file.read())
made = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")]
assert len(made) <= 2, made
teams = ["Red", "red", "RED", "blue", "Green"]
states = ["open", "closed", "waiting", "Open"]
db.executemany(
    "INSERT INTO tickets VALUES (?, ?, ?, ?, ?)",
    [(n, teams[n * 7 % 5], states[n * 3 % 4], n * 31 % 97, f"t{n}") for n in range(1, 3001)])
db.executemany(
    "INSERT INTO messages VALUES (?, ?, ?, ?)",
    [(n, n * 13 % 2500 + 1, n * 17 % 89, f"m{n}") for n in range(1, 9001)])
with open("search.sql") as file:
    query = file.read().strip().rstrip(";")
for team in ("red", "RED", "blue", "green", "none"):
    got, expected = (db.execute(q, {"team": team}).fetchall() for q in (query, before))
    if team != "none":
        assert len(expected) == 20
    assert got == expected, (team, got[:3], expected[:3])
plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + query, {"team": "red"})]
print("\n".join(plan))
assert not [line for line in plan if line.startswith("SCAN") and "SUBQUERY" not in line and "CTE" not in line], "a table is read from end to end"
assert not [line for line in plan if "TEMP B-TREE FOR ORDER" in line or "TEMP B-TREE FOR LAST" in line], "all rows are sorted"
print("ok")
