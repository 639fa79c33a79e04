"""`cosaudit why`: an error message on the screen → its causes, in order."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import streams

if TYPE_CHECKING:
    from cosaudit.audit import Report
    from cosaudit.config.reader import Reader


class Format(Enum):
    """How to print the causes."""

    text = "text"
    json = "json"


def command(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="What is on the screen; `-`, or none, reads standard input."),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="CONFIG", help="A configuration, which proves or excludes causes."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print them.")] = Format.text,
) -> int:
    """Say what an error message means: its causes in order, how to check each, and how to mend it.

    Example: cosaudit why 'uploadFile:fail url not in domain list' --config config.yaml
    """
    from cosaudit import why
    from cosaudit.config.reader import Reader
    from cosaudit.report import why as shown

    pasted = _text(text, config)
    report = _report(config, Reader()) if config is not None else None
    found = why.explain(pasted) if report is None else why.explain(pasted, report.run, report.findings)
    if format is Format.json:
        streams.out(shown.as_json(found))
    else:
        streams.out(shown.render(found, config, streams.width(), streams.paint()))
    return 0 if found.answers else 3


def _text(words: list[str] | None, config: str | None) -> str:
    """What was pasted: the words of the command line, or standard input.

    Raises:
        InputError: there is nothing to explain.
    """
    import sys

    from cosaudit.cli.policy_source import word
    from cosaudit.config.reader import InputError, Problem, Unusable
    from cosaudit.model import Place

    expected = "the message in quotes, or `-` to read it from standard input"
    if words and words != ["-"]:
        text = " ".join(map(word, words))
    elif config == "-":
        raise InputError(
            [Problem(Place("--config", 1, 1), "standard input can be read once only", "a file for one of the two")]
        )
    elif not words and sys.stdin is not None and sys.stdin.isatty():
        raise InputError([Problem(Place("TEXT", 1, 1), "nothing to explain", expected)])
    else:
        try:
            text = _decoded()
        except Unusable as error:
            raise InputError([Problem(Place("-", error.line, error.column), error.reason)]) from None
    if not text.strip():
        raise InputError([Problem(Place("TEXT", 1, 1), "nothing to explain", expected)])
    return text


def _decoded() -> str:
    """Standard input as text. A console in Chinese may send GBK, and a log may hold any byte: none is refused."""
    from cosaudit.config.reader import Unusable, decode, read_bytes

    data = read_bytes("-")
    try:
        return decode(data)
    except Unusable:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")


def _report(config: str, reader: "Reader") -> "Report":
    """The audit of a configuration under the default audit policy: what fails a run plays no part here."""
    from cosaudit.audit import audit
    from cosaudit.config import policy
    from cosaudit.config.load import load

    inventory = load(config, reader)
    return audit(inventory, policy.load("default", reader))
