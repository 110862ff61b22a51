import unittest

from duration import seconds

GOOD = {
    "90s": 90,
    "1h 30m": 5400,
    "1.5h": 5400,
    "2d4h": 187200,
    " 1H ": 3600,
    "1 m": 60,
    "2d": 172800,
    "5": 5,
    "2.5": 2.5,
    "-1m": -60,
    "- 30": -30,
    "0.5s": 0.5,
}
BAD = ["", "   ", "-", "h", "1x", "1h1h", "1m 1h", "1h 30", "1h foo", "1..5h", "1h1s1m"]


class Seconds(unittest.TestCase):
    def test_durations(self):
        for text, value in GOOD.items():
            with self.subTest(text):
                self.assertEqual(seconds(text), value)

    def test_whole_numbers_are_int(self):
        for text in ("90s", "1.5h", "5", "2.0"):
            self.assertIs(type(seconds(text)), int)

    def test_anything_else(self):
        for text in BAD:
            with self.subTest(text), self.assertRaises(ValueError):
                seconds(text)


if __name__ == "__main__":
    unittest.main()
