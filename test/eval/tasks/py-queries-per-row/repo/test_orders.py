import sqlite3
import unittest

from orders import overview


class Overview(unittest.TestCase):
    def test_an_order_with_its_lines(self):
        db = sqlite3.connect(":memory:")
        with open("schema.sql") as schema:
            db.executescript(schema.read())
        db.execute("INSERT INTO orders VALUES (1, 7, '2026-03-01')")
        db.execute("INSERT INTO articles VALUES (3, 'Lamp', 1000)")
        db.execute("INSERT INTO lines VALUES (1, 1, 3, 2)")
        self.assertEqual(overview(db, 7)[0]["total"], 2000)


if __name__ == "__main__":
    unittest.main()
