import sys

from settings import load

LONGEST_SECONDS = 60


def timeout_seconds(settings):
    """The server counts tenths in old releases: values given as text are tenths."""
    value = settings["timeout"]
    seconds = int(value) / 10 if isinstance(value, str) else value
    return min(seconds, LONGEST_SECONDS)


def main():
    settings = load("staging.json", sys.argv[1:])
    print(timeout_seconds(settings))


if __name__ == "__main__":
    main()
