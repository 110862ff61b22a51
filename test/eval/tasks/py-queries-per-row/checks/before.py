def overview(db, customer_id):
    result = []
    orders = db.execute(
        "SELECT id, placed_at FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id", (customer_id,)
    ).fetchall()
    for order_id, placed_at in orders:
        lines = []
        for article_id, count in db.execute(
            "SELECT article_id, count FROM lines WHERE order_id = ? ORDER BY position", (order_id,)
        ).fetchall():
            article = db.execute("SELECT name, cents FROM articles WHERE id = ?", (article_id,)).fetchone()
            name, cents = article if article else ("(no longer sold)", 0)
            lines.append({"name": name, "count": count, "cents": cents * count})
        notes = [text for (text,) in db.execute("SELECT text FROM notes WHERE order_id = ? ORDER BY id", (order_id,))]
        total = sum(line["cents"] for line in lines)
        result.append({"id": order_id, "placed_at": placed_at, "lines": lines, "notes": notes, "total": total})
    return result
