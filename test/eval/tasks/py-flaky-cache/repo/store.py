import json
import os
import tempfile

_cache = {}


class Store:
    """Values by name, kept in a file."""

    def __init__(self, path):
        self.path = path

    def read(self, name, default=None):
        if self.path not in _cache:
            try:
                with open(self.path) as file:
                    _cache[self.path] = json.load(file)
            except FileNotFoundError:
                _cache[self.path] = {}
        return _cache[self.path].get(name, default)

    def write(self, name, value):
        self.read(name)
        _cache[self.path][name] = value
        draft = os.path.join(tempfile.gettempdir(), "store.draft")
        with open(draft, "w") as file:
            json.dump(_cache[self.path], file)
        os.replace(draft, self.path)
