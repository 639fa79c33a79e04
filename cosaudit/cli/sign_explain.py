"""`cosaudit sign explain`: what was signed against what was sent."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import streams

if TYPE_CHECKING:
    from cosaudit.config.reader import Reader
    from cosaudit.cos.pasted_request import Pasted, Sent
    from cosaudit.cos.signature_explain import Known

_CODES = {"fit": 0, "differ": 1, "unknown": 3}
_EXPECTED = "METHOD and URL, or a file (`-` for standard input) with a request, a curl command or COS's answer"


class Format(Enum):
    """How to print the answer."""

    text = "text"
    json = "json"


def command(
    request: Annotated[
        list[str],
        typer.Argument(
            metavar="METHOD URL | FILE",
            help="The request; or a file with it (`-`: standard input): a raw request, a curl command, COS's answer in "
            "XML, or several of them.",
        ),
    ],
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="A header. May repeat.")
    ] = None,
    form: Annotated[
        list[str] | None, typer.Option("--form", "-F", metavar="NAME=VALUE", help="A form field. May repeat.")
    ] = None,
    authorization: Annotated[
        str | None, typer.Option("--authorization", metavar="VALUE", help="The value of the header Authorization.")
    ] = None,
    answer: Annotated[
        str | None, typer.Option("--answer", metavar="FILE", help="COS's answer in XML; `-` reads standard input.")
    ] = None,
    signed: Annotated[
        str | None,
        typer.Option("--signed", metavar="TEXT", help="HttpString as your code made it; `\\n` is a line end."),
    ] = None,
    signed_path: Annotated[
        str | None, typer.Option("--signed-path", metavar="PATH", help="Of HttpString the path alone.")
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="CONFIG", help="A configuration that says which path is signed.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option("--now", metavar="TIME", help="When it was sent: seconds since 1970, or `2026-11-30T10:00:00Z`."),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Say what was signed, what was sent, where they differ and what to change. No SecretKey is asked for.

    Keys and tokens in the input are never printed.

    Example: cosaudit sign explain PUT https://media-1250000000.cos.ap-guangzhou.myqcloud.com/1.jpg --authorization …
    """
    from cosaudit.config.reader import Reader
    from cosaudit.cos.signature_explain import explain
    from cosaudit.report import sign as report

    reader = Reader()
    pasted = _pasted(request, header, form, authorization, answer, reader)
    known = _known(signed, signed_path, reader)
    moment = _moment(now, reader)
    reader.stop_if_wrong()
    if config is not None and _no_file(config, "--config", reader):
        reader.stop_if_wrong()
    if config is not None and known is None:
        known = _described(config, pasted.sent, reader)
    found = explain(pasted.sent, pasted.server, known, moment)
    if format is Format.json:
        streams.out(report.render_json(found))
    else:
        streams.out(report.render(found, streams.width(), streams.paint()))
    return _CODES[found.outcome]


def _tell(reader: "Reader", where: str, found: str, expected: str) -> None:
    """A problem of the call. Nothing of the input is repeated: it may hold a key."""
    from cosaudit.config.reader import Problem
    from cosaudit.model import Place

    reader.add(Problem(Place(where, 1, 1), found, expected))


def _pasted(
    request: list[str],
    header: list[str] | None,
    form: list[str] | None,
    authorization: str | None,
    answer: str | None,
    reader: "Reader",
) -> "Pasted":
    from cosaudit.cli.policy_source import word
    from cosaudit.cos import pasted_request as pasted

    headers = _pairs(header, ":", "--header", "'name: value'", reader)
    fields = _pairs(form, "=", "--form", "name=value", reader)
    if authorization is not None:
        headers.append(("authorization", word(authorization)))
    found = pasted.Pasted(None, None, None)
    if len(request) == 1 and "://" not in request[0]:
        found = _file(request[0], "FILE", reader)
        if found.sent is not None:
            sent = found.sent
            found = found._replace(sent=sent._replace(headers=(*sent.headers, *headers), form=(*sent.form, *fields)))
    elif len(request) in (1, 2):
        method = word(request[0]) if len(request) == 2 else None
        if method is not None and not (method.isascii() and method.isalpha() and len(method) <= 10):
            _tell(reader, "METHOD", "a METHOD that is no word", _EXPECTED)
        try:
            found = pasted.Pasted(pasted.sent_of(method, word(request[-1]), tuple(headers), tuple(fields)), None, None)
        except pasted.NotRead as error:
            _tell(reader, "URL", error.found, error.expected)
    else:
        _tell(reader, "METHOD URL", f"{len(request)} words", _EXPECTED)
    if answer is not None:
        if request == ["-"] and answer == "-":
            _tell(reader, "--answer", "standard input can be read once only", "a file for one of the two")
        else:
            of_answer = _file(answer, "--answer", reader)
            if of_answer.server is None and not reader.problems:
                _tell(reader, "--answer", "no answer of COS", "XML with `<Error>` in it")
            found = found._replace(server=of_answer.server)
    return found


def _file(path: str, where: str, reader: "Reader") -> "Pasted":
    from cosaudit.cos import pasted_request as pasted

    source = None if _no_file(path, where, reader) else reader.open(path)
    if source is None:
        return pasted.Pasted(None, None, None)
    found = pasted.read(source.text)
    if found.problem is not None:
        _tell(reader, where, found.problem, _EXPECTED)
    return found


def _no_file(path: str, where: str, reader: "Reader") -> bool:
    """Is it a key that was pasted where a file's name belongs? Told without its text."""
    import os

    from cosaudit.cos.signature_explain import hide

    if hide(path) == path or os.path.exists(path):
        return False
    _tell(reader, where, "no such file", _EXPECTED)
    return True


def _pairs(given: list[str] | None, mark: str, flag: str, example: str, reader: "Reader") -> list[tuple[str, str]]:
    from cosaudit.cli.policy_source import word

    found = []
    for text in map(word, given or ()):
        name, there, value = text.partition(mark)
        if not there or not name.strip():
            _tell(reader, flag, f"a word without `{mark}`", f"`{example}`")
            continue
        found.append((name.strip().lower(), value.strip()) if mark == ":" else (name, value))
    return found


def _known(signed: str | None, signed_path: str | None, reader: "Reader") -> "Known | None":
    from cosaudit.cli.policy_source import word
    from cosaudit.cos.signature_explain import Known, known_of

    if signed is not None and signed_path is not None:
        _tell(reader, "--signed-path", "`--signed-path` stands beside `--signed`", "one of them")
    if signed is not None:
        known = known_of(word(signed))
        if known is None:
            _tell(reader, "--signed", "a text without the lines of HttpString", "method, path, parameters, headers")
        return known
    if signed_path is None:
        return None
    if not signed_path.startswith("/"):
        _tell(reader, "--signed-path", "a path without its slash", "a path such as `/`")
    return Known(path=word(signed_path))


def _moment(now: str | None, reader: "Reader") -> int | None:
    from cosaudit.cos.form_policy import moment_of

    if now is None:
        return None
    if now.isascii() and now.isdigit() and len(now) <= 10:
        return int(now)
    moment = moment_of(now)
    if moment is None:
        _tell(reader, "--now", "no time", "seconds since 1970, or `2026-11-30T10:00:00Z`")
    return moment


def _described(config: str, sent: "Sent | None", reader: "Reader") -> "Known | None":
    """What a configuration says is signed for a request to this host; None: nothing, or several things."""
    from cosaudit.config.load import load
    from cosaudit.cos.signature_explain import Known
    from cosaudit.gates.signature import described_paths

    inventory = load(config, reader)
    if sent is None:
        return None
    paths = described_paths(inventory, sent.host or "", bool(sent.form))
    if len(paths) != 1:
        return None
    ((path, who),) = paths.items()
    return Known(path=path, who=who)
