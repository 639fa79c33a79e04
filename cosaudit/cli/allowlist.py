"""`cosaudit allowlist`: exactly what to enter in the WeChat console."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import source, streams
from cosaudit.report.plain import WIDTH, Paint


class Format(Enum):
    """How to print the lists."""

    text = "text"
    json = "json"
    csv = "csv"
    wechat_api = "wechat-api"


class Category(Enum):
    """The boxes of the console."""

    request = "request"
    uploadFile = "uploadFile"  # noqa: N815 - the console's word
    downloadFile = "downloadFile"  # noqa: N815


def command(
    config: source.Config = None,
    bucket: source.Bucket = None,
    region: source.Region = None,
    sdk: source.Sdk = None,
    operation: source.Operation = None,
    endpoint: source.Endpoint = None,
    have: source.Have = None,
    box: Annotated[
        Category | None, typer.Option("--box", help="Print the line of this box alone, ready to paste.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
    output: source.Output = None,
) -> int:
    """Print exactly what to enter in the WeChat console, per client and category; nothing listed is lost.

    Example: cosaudit allowlist --bucket media-1250000000 --region ap-guangzhou
    """
    from cosaudit import allowlists, flows
    from cosaudit.config.reader import InputError, Problem, Reader
    from cosaudit.model import Place

    if box is not None and format is not Format.text:
        text = f"`--box` beside `--format {format.value}`"
        raise InputError([Problem(Place("--box", 1, 1), text, "`--box` alone: it prints one line of text")])
    files = source.outputs(output, tuple(one.value for one in Format))
    reader = Reader()
    inventory = source.inventory(
        config, bucket, region, sdk, operation, endpoint, have, reader, box.value if box is not None else None
    )
    derived = flows.derive(inventory)
    lists = allowlists.derive(derived, inventory)
    boxes = [allowlists.boxes(one, inventory) for one in lists]

    def render(name: str, paint: Paint, width: int) -> str:
        if name == "json":
            from cosaudit.report import json_

            return json_.allowlist(lists, boxes, derived.assumptions)
        from cosaudit.report import allowlist

        if name == "csv":
            return allowlist.csv(lists, boxes)
        if name == "wechat-api":
            return allowlist.wechat_api(lists, boxes)
        return allowlist.render(lists, boxes, inventory, derived.assumptions, width, paint, source.command_line())

    plain = Paint(False)
    streams.write_files([(path, render(name, plain, WIDTH)) for name, path in files], reader.sources)
    if box is not None and format is Format.text:
        from cosaudit.report import allowlist as report

        if any(not one.known for client in boxes for one in client if one.category == box.value):
            streams.err(f"what {box.value}合法域名 holds today is not known: append this, do not replace the box")
        streams.out(report.box_line(lists, boxes, box.value))
    else:
        streams.out(render(format.value, streams.paint(), streams.width()))
    doubtful = any(one.client.allowlist is not None and one.client.allowlist.doubtful for one in lists)
    return 3 if doubtful else 0
