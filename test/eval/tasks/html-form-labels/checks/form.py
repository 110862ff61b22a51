import sys
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "circle", "img", "path"}


class Tree(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.all = [], []

    def handle_starttag(self, tag, attrs):
        node = {"tag": tag, "attrs": dict(attrs), "text": "", "in": [n for n in self.open]}
        self.all.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attrs):
        self.all.append({"tag": tag, "attrs": dict(attrs), "text": "", "in": [n for n in self.open]})

    def handle_endtag(self, tag):
        while self.open and self.open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for node in self.open:
            node["text"] += data


tree = Tree()
tree.feed(open(sys.argv[1]).read())
by_id = {n["attrs"]["id"]: n for n in tree.all if "id" in n["attrs"]}


def tags(name):
    return [n for n in tree.all if n["tag"] == name]


def label_of(field):
    tied = [n for n in tags("label") if n["attrs"].get("for") == field["attrs"].get("id")]
    around = [n for n in field["in"] if n["tag"] == "label"]
    named = [by_id[i] for i in field["attrs"].get("aria-labelledby", "").split() if i in by_id]
    return " ".join(n["text"].strip() for n in tied + around + named).strip() or field["attrs"].get("aria-label", "")


html = tags("html")[0]
assert html["attrs"].get("lang"), "no language"
for name in ("name", "email", "password", "plan-free", "plan-team"):
    field = by_id[name]
    assert field["tag"] == "input", name
    assert label_of(field), f"{name} has no label"
assert "free" in label_of(by_id["plan-free"]).lower() and "team" in label_of(by_id["plan-team"]).lower()
for name in ("plan-free", "plan-team"):
    assert by_id[name]["attrs"]["name"] == "plan"
    sets = [n for n in by_id[name]["in"] if n["tag"] == "fieldset"]
    assert sets, "radio buttons are in no fieldset"
    assert "Plan" in [n["text"].strip() for n in tags("legend") if sets[-1] in n["in"]], "no legend Plan"
error = by_id["email-error"]
assert error["attrs"].get("role") == "alert" or error["attrs"].get("aria-live"), "the error is not announced"
email = by_id["email"]["attrs"]
assert "email-error" in (email.get("aria-describedby", "") + " " + email.get("aria-errormessage", "")).split(), "the error is not tied"
button = by_id["show-password"]
assert button["attrs"].get("aria-label") or button["text"].strip() or button["attrs"].get("title"), "the button has no name"
wanted = {"name": "name", "email": "email", "password": "new-password"}
for name, value in wanted.items():
    assert by_id[name]["attrs"].get("autocomplete") == value, f"autocomplete of {name}"
assert not [n for n in tree.all if "style" in n["attrs"]], "inline styles"
assert by_id["signup"]["attrs"]["action"] == "/signup"
print("ok")
