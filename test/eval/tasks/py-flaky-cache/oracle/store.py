import json
import os
import tempfile


class Store:
    """Values by name, kept in a file."""

    def __init__(self, path):
        self.path = path

    def read(self, name, default=None):
        return self._values().get(name, default)

    def write(self, name, value):
        values = self._values() | {name: value}
        # Of its own, beside the file: others write at the same time, and a rename must not cross file systems.
        number, draft = tempfile.mkstemp(dir=os.path.dirname(self.path) or ".", suffix=".draft")
        try:
            with open(number, "w") as file:
                json.dump(values, file)
            os.replace(draft, self.path)
        except BaseException:
            os.unlink(draft)
            raise

    def _values(self):
        try:
            with open(self.path) as file:
                return json.load(file)
        except FileNotFoundError:
            return {}
