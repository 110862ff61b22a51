import re

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms])")


def seconds(text):
    """
    Seconds of a duration like "1h 30m", "90s", "1.5h" or "2d4h". Units come at most once each and in the order d, h,
    m, s; spaces do not matter; capital letters are fine. A plain number is seconds. A minus in front makes it
    negative. Whole numbers are answered as int. ValueError for anything else, the empty text included.
    """
    plain = text.strip().lower()
    sign, plain = (-1, plain[1:].lstrip()) if plain.startswith("-") else (1, plain)
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return _whole(sign * float(plain))
    total, at, order = 0.0, 0, -1
    while at < len(plain):
        match = _PART.match(plain, at)
        if not match:
            raise ValueError(f"not a duration: {text!r}")
        number, unit = match.groups()
        if list(_UNITS).index(unit) <= order:
            raise ValueError(f"not a duration: {text!r}")
        order = list(_UNITS).index(unit)
        total += float(number) * _UNITS[unit]
        at = match.end() + len(plain[match.end():]) - len(plain[match.end():].lstrip())
    if at == 0:
        raise ValueError(f"not a duration: {text!r}")
    return _whole(sign * total)


def _whole(value):
    return int(value) if value == int(value) else value
