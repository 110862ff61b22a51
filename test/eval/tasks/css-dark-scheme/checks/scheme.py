import re
import sys

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|color-mix)\([^()]*(?:\([^()]*\)[^()]*)*\)")


def rules(css):
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found, at = [], 0
    while match := re.compile(r"\s*([^{}]+)\{").match(css, at):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        body = css[match.end():end - 1]
        selector = " ".join(match.group(1).split())
        found.append((selector, rules(body) if "{" in body else declarations(body)))
        at = end
    return found


def declarations(body):
    pairs = [d.split(":", 1) for d in body.split(";") if ":" in d]
    return {name.strip(): " ".join(value.split()) for name, value in pairs}


def resolve(value, variables):
    for _ in range(10):
        value = re.sub(r"var\((--[\w-]+)\)", lambda m: variables[m.group(1)], value)
    return value


def luminance(text):
    digits = text.lstrip("#")
    if len(digits) in (3, 4):
        digits = "".join(c * 2 for c in digits)
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    lin = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


now, before = rules(open(sys.argv[1]).read()), rules(open(sys.argv[2]).read())
light, plain, dark = {}, {}, {}
for selector, body in now:
    if selector == ":root":
        light.update({k: v for k, v in body.items() if k.startswith("--")})
    elif selector.startswith("@media") and "prefers-color-scheme: dark" in selector.replace(":dark", ": dark"):
        for inner, values in body:
            assert inner == ":root", "the dark block sets properties of :root alone"
            dark.update({k: v for k, v in values.items() if k.startswith("--")})
    else:
        plain.setdefault(selector, {}).update(body)
for selector, body in before:
    for name, value in body.items():
        got = resolve(plain.get(selector, {}).get(name, ""), light)
        assert got.lower() == value.lower(), f"{selector} {name} was {value}, is {got}"
for selector, body in plain.items():
    for value in body.values():
        assert not COLOUR.search(value), f"{selector} holds a colour: {value}"
colours = {c.lower() for v in light.values() for c in COLOUR.findall(v)}
used = {c.lower() for _, body in before for v in body.values() for c in COLOUR.findall(v)}
assert colours == used, f"properties for {colours}, colours {used}"
assert len([v for v in light.values() if COLOUR.search(v)]) == len(used), "one property for each colour"
for name in light:
    assert not re.search(r"blue|gr[ae]y|red|white|black|dark|light|#", name), f"{name} says what it looks like"
assert set(light) == set(dark), f"not set anew: {set(light) ^ set(dark)}"
assert all(dark[n].lower() != light[n].lower() for n in light if COLOUR.search(light[n]) and light[n].startswith("#"))
shown = lambda selector, name: resolve(plain[selector][name], {**light, **dark})
page, card = shown("body", "background"), shown(".card", "background")
assert luminance(page) < 0.2 and luminance(card) < 0.2, "the ground is not dark"
pairs = [(page, shown("body", "color")), (card, shown(".card", "color")), (page, shown("a", "color")), (page, shown("a:hover", "color")), (page, shown(".muted", "color")), (page, shown(".error", "color"))]
for ground, text in pairs:
    assert contrast(ground, text) >= 4.5, f"{text} on {ground}: {contrast(ground, text):.2f}"
print("ok")
