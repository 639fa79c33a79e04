"""`cosaudit init`: a configuration from an example, or from the flags."""

import os
from typing import Annotated

import typer

from cosaudit.cli import source, streams
from cosaudit.report.plain import quoted


def command(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[TARGET]",
            help="Where to write: a folder for an example (default its name), a file for the flags (default "
            "config.yaml, `-` prints).",
        ),
    ] = None,
    example: Annotated[str | None, typer.Option("--example", metavar="NAME", help="The example to write out.")] = None,
    bucket: source.Bucket = None,
    region: source.Region = None,
    sdk: source.Sdk = None,
    operation: source.Operation = None,
    endpoint: source.Endpoint = None,
    have: source.Have = None,
) -> int:
    """Write a configuration: a shipped example, or the flags as a file. Without either, list the examples.

    Nothing that is there is overwritten.

    Example: cosaudit init --example walkthrough
    """
    from cosaudit import examples
    from cosaudit.config.reader import InputError, Problem, Reader, nearest_word
    from cosaudit.model import Place

    flags = any(value is not None and value != [] for value in (bucket, region, sdk, operation, endpoint, have))
    if example is not None and flags:
        raise InputError([Problem(Place("--example", 1, 1), "`--example` stands beside flags", "one or the other")])
    if example is not None:
        names = examples.names()
        if example not in names:
            expected = "one of " + ", ".join(f"`{name}`" for name in names)
            raise InputError(
                [
                    Problem(
                        Place("--example", 1, 1),
                        f"there is no example `{example}`",
                        expected,
                        nearest_word(example, names),
                    )
                ]
            )
        folder = target or example
        write({os.path.join(folder, name): text for name, text in examples.files(example).items()}, folder)
        streams.out(f"Audit it: cosaudit check {quoted(os.path.join(folder, 'config.yaml'))}\n")
        return 0
    if flags:
        from cosaudit.config.flags import Flags, inventory
        from cosaudit.config.write import as_yaml

        reader = Reader()
        given = Flags(
            tuple(bucket or ()), tuple(region or ()), sdk, tuple(operation or ()), tuple(endpoint or ()), have
        )
        folder = os.path.dirname(target) if target is not None else ""
        text = as_yaml(inventory(given, reader), given, folder)
        if target == "-":
            streams.out(text)
            return 0
        path = target or "config.yaml"
        write({path: text}, None)
        streams.out(f"Audit it: cosaudit check {quoted(path)}\n")
        return 0
    for name in examples.names():
        streams.out(f"{name}\n    {examples.title(name)}\n")
    streams.out("Write one out: cosaudit init --example NAME\n")
    return 0


def write(files: dict[str, str], folder: str | None) -> None:
    """Write new files; one that is there with the same text is left, with another text is never touched.

    Raises:
        InputError: a file is there with another text, or cannot be written; then nothing is written.
    """
    from cosaudit.config.reader import InputError, Problem
    from cosaudit.model import Place
    from cosaudit.report.plain import safe

    wrong = []
    fresh = []
    for path, text in files.items():
        try:
            with open(path, encoding="utf-8", newline="") as stream:
                if stream.read() != text:
                    wrong.append(
                        Problem(Place(path, 1, 1), "this file is there already; it is not overwritten", "another name")
                    )
                else:
                    streams.out(f"There already: {safe(path)}\n")
        except FileNotFoundError:
            fresh.append((path, text))
        except (OSError, ValueError):
            wrong.append(Problem(Place(path, 1, 1), "this cannot be written", "the name of a new file"))
    if wrong:
        raise InputError(wrong)
    if folder is not None and fresh:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise InputError([Problem(Place(folder, 1, 1), f"the folder cannot be made: {error.strerror}")]) from None
    streams.write_files(fresh, ())
    for path, _ in fresh:
        streams.out(f"Wrote {safe(path)}\n")
