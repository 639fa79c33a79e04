"""`cosaudit host`: what a pasted host or URL is."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import streams


class Format(Enum):
    """How to print it."""

    text = "text"
    json = "json"


def command(
    url: Annotated[str, typer.Argument(metavar="URL", help="A URL, a host, or a line with one, as it was pasted.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Say which bucket, region and form of host a URL is, and what to enter for it in the WeChat console.

    Example: cosaudit host https://media-1250000000.cos.ap-guangzhou.myqcloud.com/a.jpg
    """
    from cosaudit.cli import host
    from cosaudit.config.reader import InputError, Problem
    from cosaudit.cos.hosts import identify
    from cosaudit.model import Place
    from cosaudit.report.plain import safe

    if identify(url) is None:
        raise InputError([Problem(Place("URL", 1, 1), "there is no host in this text", "a URL or a host")])
    found = host.describe(url)
    if format is Format.json:
        from cosaudit.report.json_ import dump

        streams.out(dump(found))
    else:
        streams.out("\n".join([safe(line) for line in host.render(found).split("\n")]))
    return 0
