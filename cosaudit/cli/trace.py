"""`cosaudit trace`: each request × each gate, and why."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import source, streams
from cosaudit.report.plain import WIDTH, Paint


class Format(Enum):
    """How to print the requests."""

    text = "text"
    json = "json"


def command(
    config: source.Config = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One upload or download; all of them when it is not given.")
    ] = None,
    bucket: source.Bucket = None,
    region: source.Region = None,
    sdk: source.Sdk = None,
    operation: source.Operation = None,
    endpoint: source.Endpoint = None,
    have: source.Have = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
    output: source.Output = None,
) -> int:
    """Show each request that a client will send, and what each gate says of it.

    Example: cosaudit trace config.yaml avatar
    """
    from cosaudit.config.reader import InputError, Problem, Reader, nearest_word
    from cosaudit.model import Outcome, Place
    from cosaudit.run import Run

    files = source.outputs(output, tuple(one.value for one in Format))
    reader = Reader()
    inventory = source.inventory(config, bucket, region, sdk, operation, endpoint, have, reader)
    names = tuple(transfer.name for transfer in inventory.transfers if transfer.name is not None)
    if name is not None:  # in a C locale the words of the command line arrive as escaped bytes
        name = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if name is not None and name not in names:
        text = f"there is no upload or download named `{name}`"
        expected = "one of " + ", ".join(f"`{one}`" for one in names[:20]) if names else "a configuration with uploads"
        raise InputError([Problem(Place("NAME", 1, 1), text, expected, nearest_word(name, names))])
    run = Run(inventory)
    rows = [row for row in run.judged if name is None or row.request.flow == name]

    def render(kind: str, paint: Paint, width: int) -> str:
        if kind == "json":
            from cosaudit.report import json_

            return json_.trace(rows, run.assumptions)
        from cosaudit.report import trace

        return trace.render(rows, run.assumptions, width, paint)

    plain = Paint(False)
    streams.write_files([(path, render(kind, plain, WIDTH)) for kind, path in files], reader.sources)
    streams.out(render(format.value, streams.paint(), streams.width()))
    unknown = any(
        verdict.outcome is Outcome.UNKNOWN
        for row in rows
        for verdict in row.verdicts
    )
    return 3 if unknown else 0
