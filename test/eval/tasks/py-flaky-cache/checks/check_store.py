import json
import os
import subprocess
import sys
import tempfile

from store import Store

folder = tempfile.mkdtemp()
path = os.path.join(folder, "values.json")
Store(path).write("a", 1)
assert Store(path).read("a") == 1
with open(path, "w") as file:
    json.dump({"b": 2}, file)
os.utime(path, (1, 1))
assert Store(path).read("b") == 2, "what another process wrote is not seen"
assert Store(path).read("a", "none") == "none"
os.remove(path)
assert Store(path).read("b") is None, "a file that is gone is remembered"
code = "import sys; from store import Store; [Store(sys.argv[1]).write('n', [i] * 20000) for i in range(40)]"
others = [subprocess.Popen([sys.executable, "-c", code, os.path.join(folder, f"{n}.json")]) for n in range(4)]
assert [other.wait() for other in others] == [0] * 4, "two stores get into each other's way"
for n in range(4):
    with open(os.path.join(folder, f"{n}.json")) as file:
        assert json.load(file)["n"] == [39] * 20000
assert not [name for name in os.listdir(folder) if not name.endswith(".json")], "drafts stay behind"
print("ok")
