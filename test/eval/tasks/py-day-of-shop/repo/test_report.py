import unittest

from report import by_day


class ByDay(unittest.TestCase):
    def test_sales_of_a_day_are_added(self):
        sales = [{"at": "2026-03-01T10:00:00Z", "cents": 100}, {"at": "2026-03-01T11:00:00Z", "cents": 50}]
        self.assertEqual(by_day({"utc_offset_minutes": 0}, sales), {"2026-03-01": 150})


if __name__ == "__main__":
    unittest.main()
