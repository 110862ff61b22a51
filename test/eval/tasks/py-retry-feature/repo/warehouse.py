import uuid


class Unavailable(Exception):
    def __init__(self, message, retry_after=None, sent=False):
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent


class Warehouse:
    """`post(path, body)` does the HTTP; it raises Unavailable."""

    def __init__(self, post):
        self.post = post

    def stock(self, article):
        """How many there are."""
        return self.post("/stock", {"article": article})["count"]

    def reserve(self, article, count):
        """Sets some aside; answers the reservation's id."""
        body = {"article": article, "count": count, "request_id": str(uuid.uuid4())}
        return self.post("/reserve", body)["id"]
