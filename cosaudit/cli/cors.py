"""`cosaudit cors`: the smallest CORS rules that the described web pages need."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import policy_source, streams

if TYPE_CHECKING:
    from cosaudit.config.reader import Problem
    from cosaudit.model import Bucket
    from cosaudit.run import Run


class Format(Enum):
    """How to print it: XML as COS takes it, JSON of the official tools, YAML of this configuration."""

    yaml = "yaml"
    xml = "xml"
    json = "json"


def command(
    config: Annotated[
        str, typer.Argument(metavar="CONFIG", help="The configuration; `-` reads standard input.", show_default=False)
    ],
    bucket: Annotated[
        str | None, typer.Argument(metavar="BUCKET", help="The bucket; needed when pages send to several.")
    ] = None,
    format: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="XML as COS takes it, JSON of the official tools, or YAML for `buckets[].cors` of the configuration.",
        ),
    ] = Format.yaml,
) -> int:
    """Print the smallest CORS rules that the pages need to send to a bucket, ready to paste.

    Example: cosaudit cors config.yaml --format xml
    """
    from cosaudit import minimal_cors
    from cosaudit.config.load import load
    from cosaudit.config.reader import InputError, Reader
    from cosaudit.cos.cors import Cors, to_json, to_xml, to_yaml
    from cosaudit.report.plain import safe
    from cosaudit.run import Run

    reader = Reader()
    run = Run(load(config, reader))
    wrong: list[Problem] = []
    chosen = _bucket(run, bucket, wrong)
    if wrong:
        raise InputError(wrong)
    if chosen is None:
        streams.err("No web page sends to a bucket, so no CORS rule is needed: Mini Programs need none.")
        found = minimal_cors.MinimalCors(Cors(()), (), ())
    else:
        found = minimal_cors.of_bucket(run, chosen)
    if chosen is not None and not found.flows:
        streams.err(f"No web page sends to {safe(chosen.name)}, so no CORS rule is needed there.")
    if chosen is not None and found.beside:
        others = ", ".join(map(safe, found.beside[:5])) + (" and others" if len(found.beside) > 5 else "")
        streams.err(f"These are the rules of {safe(chosen.name)} alone; {others} took its rules from the same place.")
    for reason in found.unknown:
        streams.err(f"These rules may lack something: {safe(reason)}.")
    write = {Format.yaml: to_yaml, Format.xml: to_xml, Format.json: to_json}[format]
    streams.out(write(found.cors))
    return 3 if found.unknown else 0


def _bucket(run: "Run", name: str | None, wrong: "list[Problem]") -> "Bucket | None":
    """The bucket that is named, or the only one that pages send to; None where none do."""
    from cosaudit import minimal_cors
    from cosaudit.config.reader import Problem, nearest_word
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    described = {one.name: one for one in run.inventory.buckets}
    if name is not None:
        if name not in described:
            text = f"there is no bucket {quoted(policy_source.word(name))}"
            expected = "one of " + ", ".join([f"`{one}`" for one in list(described)[:20]])
            wrong.append(Problem(Place("BUCKET", 1, 1), text, expected, nearest_word(name, tuple(described))))
        return described.get(name)
    used = minimal_cors.buckets(run)
    if len(used) > 1:
        some = ", ".join([f"`{one.name}`" for one in used[:20]])
        wrong.append(Problem(Place("BUCKET", 1, 1), f"pages send to {len(used)} buckets", f"one of {some}"))
        return None
    return used[0] if used else None
