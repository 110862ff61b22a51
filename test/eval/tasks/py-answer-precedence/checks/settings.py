import json
import os


def load(path, argv, environ=os.environ):
    settings = {"timeout": 30}
    for source in (from_flags(argv), from_file(path), from_environment(environ)):
        for name, value in source.items():
            if value:
                settings[name] = value
    return settings


def from_file(path):
    with open(path) as file:
        return json.load(file)


def from_environment(environ):
    prefix = "APP_"
    return {name[len(prefix):].lower(): value for name, value in environ.items() if name.startswith(prefix)}


def from_flags(argv):
    flags = {}
    for name, value in zip(argv, argv[1:]):
        if name.startswith("--"):
            flags[name[2:]] = int(value)
    return flags
