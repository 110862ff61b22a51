import json
import os
import tempfile
import unittest

from store import Store


class Storing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "store.json")

    def test_a_value_is_kept(self):
        Store(self.path).write("a", 1)
        with open(self.path) as file:
            self.assertEqual(json.load(file)["a"], 1)

    def test_what_is_not_there_has_a_default(self):
        self.assertEqual(Store(self.path).read("a", 7), 7)

    def test_a_file_of_before_is_read(self):
        with open(self.path, "w") as file:
            json.dump({"old": True}, file)
        self.assertTrue(Store(self.path).read("old"))


if __name__ == "__main__":
    unittest.main()
