class Unavailable(Exception):
    def __init__(self, message, retry_after=None, sent=False):
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent
