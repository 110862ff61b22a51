import unittest

from feed import open_feed, page


class Feed(unittest.TestCase):
    def test_pages_follow_each_other(self):
        db = open_feed()
        db.executemany("INSERT INTO activity (at, text) VALUES (?, ?)", [(n, f"t{n}") for n in range(5)])
        first, cursor = page(db, limit=3)
        second, _ = page(db, cursor, limit=3)
        self.assertEqual([row[1] for row in first + second], [4, 3, 2, 1, 0])


if __name__ == "__main__":
    unittest.main()
