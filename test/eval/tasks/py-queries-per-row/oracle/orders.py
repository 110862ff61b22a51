from collections import defaultdict

_OF_CUSTOMER = "FROM orders AS o JOIN {table} AS t ON t.order_id = o.id"


def overview(db, customer_id):
    lines, notes = _lines(db, customer_id), _notes(db, customer_id)
    orders = db.execute(
        "SELECT id, placed_at FROM orders WHERE customer_id = ? ORDER BY placed_at DESC, id", (customer_id,)
    )
    return [
        {
            "id": order_id,
            "placed_at": placed_at,
            "lines": lines[order_id],
            "notes": notes[order_id],
            "total": sum(line["cents"] for line in lines[order_id]),
        }
        for order_id, placed_at in orders
    ]


def _lines(db, customer_id):
    found = defaultdict(list)
    rows = db.execute(
        f"""SELECT o.id, t.count, coalesce(a.name, '(no longer sold)'), coalesce(a.cents, 0) * t.count
        {_OF_CUSTOMER.format(table="lines")} LEFT JOIN articles AS a ON a.id = t.article_id
        WHERE o.customer_id = ? ORDER BY o.id, t.position, t.rowid""",
        (customer_id,),
    )
    for order_id, count, name, cents in rows:
        found[order_id].append({"name": name, "count": count, "cents": cents})
    return found


def _notes(db, customer_id):
    found = defaultdict(list)
    rows = db.execute(
        f"SELECT o.id, t.text {_OF_CUSTOMER.format(table='notes')} WHERE o.customer_id = ? ORDER BY t.id",
        (customer_id,),
    )
    for order_id, text in rows:
        found[order_id].append(text)
    return found
