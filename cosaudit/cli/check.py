"""`cosaudit check`: the audit."""

from enum import Enum
from typing import Annotated

import typer

from cosaudit.cli import source, streams
from cosaudit.report.plain import WIDTH, Paint


class Format(Enum):
    """How to print the audit."""

    text = "text"
    json = "json"


def command(
    config: source.Config = None,
    bucket: source.Bucket = None,
    region: source.Region = None,
    sdk: source.Sdk = None,
    operation: source.Operation = None,
    endpoint: source.Endpoint = None,
    have: source.Have = None,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="NAME", help="The audit policy: a shipped one, or a file.")
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
    output: source.Output = None,
) -> int:
    """Audit a configuration: what is stopped, what is listed beyond need, and how to mend it.

    Example: cosaudit check config.yaml
    """
    from cosaudit.audit import audit
    from cosaudit.config import policy as policies
    from cosaudit.config.reader import Reader

    files = source.outputs(output, tuple(one.value for one in Format))
    reader = Reader()
    inventory = source.inventory(config, bucket, region, sdk, operation, endpoint, have, reader)
    named_by = None
    if policy is None and inventory.policy is not None:
        policy, named_by = inventory.policy, inventory.at.place("audit", "policy")
    report = audit(inventory, policies.load(policy or "default", reader, named_by=named_by))

    def render(name: str, paint: Paint, width: int) -> str:
        if name == "json":
            from cosaudit.report import json_

            return json_.check(report)
        from cosaudit.report import text

        sources = reader.sources

        def line(file: str, number: int) -> str:
            return sources[file].line(number) if file in sources else ""

        return text.render(report, line, width, paint, source.command_line())

    plain = Paint(False)
    streams.write_files([(path, render(name, plain, WIDTH)) for name, path in files], reader.sources)
    streams.out(render(format.value, streams.paint(), streams.width()))
    return report.exit_code
