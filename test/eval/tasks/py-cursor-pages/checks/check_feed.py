from feed import open_feed, page

db = open_feed()
times = [5, 5, 5, 9, 1, 5, 5, 9, 5, 2, 5]
db.executemany("INSERT INTO activity (at, text) VALUES (?, ?)", [(at, f"e{n}") for n, at in enumerate(times)])
expected = db.execute("SELECT id, at, text FROM activity ORDER BY at DESC, id DESC").fetchall()
for limit in (1, 2, 3, 4, 11, 50):
    got, cursor, pages = [], None, 0
    while True:
        rows, cursor = page(db, cursor, limit=limit)
        got += rows
        pages += 1
        assert pages < 30
        if cursor is None:
            break
        assert isinstance(cursor, str)
    assert got == expected, (limit, got)
    assert pages == -(-len(times) // limit), (limit, pages)
rows, cursor = page(db, limit=4)
db.execute("INSERT INTO activity (at, text) VALUES (10, 'new')")
db.execute("INSERT INTO activity (at, text) VALUES (9, 'late')")
more, _ = page(db, cursor, limit=50)
assert rows + more == expected
old, _ = page(db, "5", limit=50)
assert [row[1] for row in old] == [2, 1]
for broken in ("", "x", "5:", "a:b", "5:1:2", "-1", "9" * 40):
    try:
        page(db, broken)
    except ValueError:
        pass
assert page(open_feed()) == ([], None)
print("ok")
