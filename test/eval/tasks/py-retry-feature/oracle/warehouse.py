import uuid

from errors import Unavailable
from retry import retry

__all__ = ["Unavailable", "Warehouse"]


class Warehouse:
    """`post(path, body)` does the HTTP; it raises Unavailable."""

    def __init__(self, post):
        self.post = post

    @retry()
    def stock(self, article):
        """How many there are."""
        return self.post("/stock", {"article": article})["count"]

    def reserve(self, article, count):
        """Sets some aside; answers the reservation's id."""
        # One id for all attempts: the warehouse knows it again.
        return self._reserve({"article": article, "count": count, "request_id": str(uuid.uuid4())})

    @retry()
    def _reserve(self, body):
        return self.post("/reserve", body)["id"]
