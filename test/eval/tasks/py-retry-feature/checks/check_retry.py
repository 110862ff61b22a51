import time

import retry as module
from retry import retry
from warehouse import Unavailable, Warehouse

waits = []


def failing(times, error, **options):
    calls = []

    @retry(sleep=waits.append, **options)
    def work(x):
        """Its words."""
        calls.append(x)
        if len(calls) <= times:
            raise error
        return x * 2

    return work, calls


def run(times, error, **options):
    waits.clear()
    work, calls = failing(times, error, **options)
    try:
        return work(3), len(calls), list(waits)
    except Exception as raised:
        assert raised is error
        return "raised", len(calls), list(waits)


down = Unavailable("503")
assert run(0, down) == (6, 1, [])
assert run(2, down) == (6, 3, [0.5, 1])
assert run(9, down) == ("raised", 4, [0.5, 1, 2])
assert run(9, down, attempts=7) == ("raised", 7, [0.5, 1, 2, 4, 8, 8])
assert run(9, down, attempts=3, longest=0.75) == ("raised", 3, [0.5, 0.75])
assert run(1, ValueError("no")) == ("raised", 1, [])
assert run(1, Unavailable("wait", retry_after=3)) == (6, 2, [3])
assert run(1, Unavailable("wait", retry_after=0)) == (6, 2, [0])
assert run(1, Unavailable("wait", retry_after=60)) == ("raised", 1, [])
work, _ = failing(0, down)
assert work.__name__ == "work" and work.__doc__ == "Its words."

time.sleep = lambda seconds: None
if hasattr(module, "sleep"):
    module.sleep = lambda seconds: None


def warehouse(times):
    bodies = []

    def post(path, body):
        bodies.append((path, dict(body)))
        if len(bodies) <= times:
            raise Unavailable("503", retry_after=0, sent=True)
        return {"id": "r", "count": 5}

    return Warehouse(post), bodies


there, bodies = warehouse(2)
assert there.reserve("lamp", 2) == "r"
assert len(bodies) == 3 and len({body["request_id"] for _, body in bodies}) == 1
there.reserve("lamp", 2)
assert len({body["request_id"] for _, body in bodies}) == 2
there, bodies = warehouse(1)
assert there.stock("lamp") == 5 and len(bodies) == 2
assert Warehouse.stock.__doc__ == "How many there are."
print("ok")
