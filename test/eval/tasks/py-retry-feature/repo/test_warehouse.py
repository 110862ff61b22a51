import unittest

from warehouse import Warehouse


class Reserving(unittest.TestCase):
    def test_the_id_is_answered(self):
        self.assertEqual(Warehouse(lambda path, body: {"id": "r1"}).reserve("lamp", 2), "r1")


if __name__ == "__main__":
    unittest.main()
