import sqlite3


def open_feed(path=":memory:"):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS activity (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL)")
    return db


LARGEST = 2**62


def _place(cursor):
    """(at, id) that the page comes after. Cursors of before were the second alone: all of it was seen."""
    if not cursor:
        return LARGEST, LARGEST
    at, _, last = cursor.partition(":")
    place = int(at), int(last) if last or ":" in cursor else 0
    if max(place) > LARGEST:
        raise ValueError(f"not a cursor: {cursor}")
    return place


def page(db, cursor=None, limit=20):
    """Entries (id, at, text), newest first, and the cursor of the next page; None where nothing follows."""
    rows = db.execute(
        "SELECT id, at, text FROM activity WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?",
        (*_place(cursor), limit + 1),
    ).fetchall()
    shown = rows[:limit]
    following = len(rows) > limit
    return shown, f"{shown[-1][1]}:{shown[-1][0]}" if following else None
