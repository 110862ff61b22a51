import sqlite3


def open_feed(path=":memory:"):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS activity (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL)")
    return db


def page(db, cursor=None, limit=20):
    """Entries (id, at, text), newest first, and the cursor of the next page; None where nothing follows."""
    before = int(cursor) if cursor else 2**62
    rows = db.execute(
        "SELECT id, at, text FROM activity WHERE at < ? ORDER BY at DESC LIMIT ?", (before, limit)
    ).fetchall()
    return rows, str(rows[-1][1]) if rows else None
