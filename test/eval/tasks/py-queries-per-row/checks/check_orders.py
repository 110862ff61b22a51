import sqlite3

import before
import orders

db = sqlite3.connect(":memory:")
with open("schema.sql") as schema:
    db.executescript(schema.read())
db.executemany("INSERT INTO articles VALUES (?, ?, ?)", [(n, f"A{n % 7}", n * 10) for n in range(1, 40)])
for n in range(1, 2001):
    db.execute("INSERT INTO orders VALUES (?, ?, ?)", (n, n % 3, f"2026-0{1 + n % 4}-01"))
    for position in range(n % 5):
        db.execute("INSERT INTO lines VALUES (?, ?, ?, ?)", (n, 9 - position, 1 + (n * position) % 50, 1 + n % 4))
    for k in range(n % 3):
        db.execute("INSERT INTO notes (order_id, text) VALUES (?, ?)", (n, f"note {k} of {n}"))
asked = []
db.set_trace_callback(asked.append)
for customer in (0, 1, 2, 99):
    asked.clear()
    got = orders.overview(db, customer)
    assert len(asked) <= 6, f"{len(asked)} queries"
    assert got == before.overview(db, customer), f"another answer for {customer}"
print("ok")
