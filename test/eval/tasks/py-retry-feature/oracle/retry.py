import functools
import time

from errors import Unavailable

FIRST_SECONDS = 0.5


def retry(attempts=4, longest=8, sleep=None):
    """Calls again what is unavailable, waiting ever longer; at most `attempts` calls. The last error is raised."""

    def wrap(work):
        @functools.wraps(work)
        def retried(*args, **kwargs):
            wait = FIRST_SECONDS
            for left in range(attempts - 1, -1, -1):
                try:
                    return work(*args, **kwargs)
                except Unavailable as error:
                    asked = error.retry_after
                    if left == 0 or (asked is not None and asked > longest):
                        raise
                    (sleep or time.sleep)(min(wait, longest) if asked is None else asked)
                    wait *= 2

        return retried

    return wrap
