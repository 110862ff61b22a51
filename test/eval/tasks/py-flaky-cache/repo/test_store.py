import json
import os
import unittest

from store import Store

PATH = "/tmp/store-test.json"


class Storing(unittest.TestCase):
    def test_a_value_is_kept(self):
        Store(PATH).write("a", 1)
        with open(PATH) as file:
            self.assertEqual(json.load(file)["a"], 1)

    def test_what_is_not_there_has_a_default(self):
        self.assertEqual(Store(PATH).read("a", 7), 7)

    def test_a_file_of_before_is_read(self):
        with open(PATH, "w") as file:
            json.dump({"old": True}, file)
        self.assertTrue(Store(PATH).read("old"))
        os.remove(PATH)


if __name__ == "__main__":
    unittest.main()
