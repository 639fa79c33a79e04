"""The examples that ship with the package: folders of configuration files under `examples/`."""

from __future__ import annotations

import os

_FOLDER = os.path.join(os.path.dirname(__file__), "examples")


def names() -> tuple[str, ...]:
    """The names of the examples."""
    return tuple(sorted(entry for entry in os.listdir(_FOLDER) if os.path.isdir(os.path.join(_FOLDER, entry))))


def files(name: str) -> dict[str, str]:
    """File name → text of an example. Raises KeyError when there is none."""
    if name not in names():
        raise KeyError(name)
    folder = os.path.join(_FOLDER, name)
    found = {}
    for entry in sorted(os.listdir(folder)):
        with open(os.path.join(folder, entry), encoding="utf-8") as stream:
            found[entry] = stream.read()
    return found


def title(name: str) -> str:
    """What an example shows: the comment in the first line of its configuration."""
    return files(name)["config.yaml"].partition("\n")[0].lstrip("# ")
