"""What `check`, `allowlist` and `trace` share: a configuration or flags, formats and output files."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cosaudit.config.reader import Reader
    from cosaudit.model import Inventory

Config = Annotated[str | None, typer.Argument(metavar="CONFIG", help="The configuration; `-` reads standard input.")]
Bucket = Annotated[
    list[str] | None,
    typer.Option("--bucket", metavar="NAME[@REGION]", help="Instead of a configuration: a bucket. May repeat."),
]
Region = Annotated[
    list[str] | None, typer.Option("--region", metavar="ID", help="The region of the buckets given without `@REGION`.")
]
Sdk = Annotated[
    str | None, typer.Option("--sdk", metavar="SDK", help="`cos-wx-sdk-v5@1.8.0`, `none`, or a copied build.")
]
Operation = Annotated[
    list[str] | None, typer.Option("--operation", metavar="NAME", help="`uploadFile`, `getObject`, … May repeat.")
]
Endpoint = Annotated[
    list[str] | None,
    typer.Option("--endpoint", metavar="URL", help="Another URL that the client calls: the key service. May repeat."),
]
Have = Annotated[
    str | None,
    typer.Option(
        "--have",
        metavar="FILE",
        help="What the domain lists hold today, copied from the console, the developer tools or the API; `-` reads it "
        "from standard input.",
    ),
]
Output = Annotated[
    list[str] | None, typer.Option("--output", metavar="FORMAT=FILE", help="Write a format to a file too. May repeat.")
]


def inventory(
    config: str | None,
    bucket: list[str] | None,
    region: list[str] | None,
    sdk: str | None,
    operation: list[str] | None,
    endpoint: list[str] | None,
    have: str | None,
    reader: "Reader",
    box: str | None = None,
) -> "Inventory":
    """The Inventory of a configuration, or of the flags; with both, `--have` alone is allowed beside the file.

    Raises:
        InputError: with every problem of the input.
    """
    from cosaudit.config.load import load

    given = (bucket, region, sdk, operation, endpoint, have)
    if config is not None and all(value is None or value == [] for value in given):
        return load(config, reader)
    from cosaudit.config import flags as flag_module
    from cosaudit.config.reader import InputError, Problem
    from cosaudit.model import Place

    flags = flag_module.Flags(
        tuple(bucket or ()), tuple(region or ()), sdk, tuple(operation or ()), tuple(endpoint or ()), have, box
    )
    if config is None:
        if not flags.given():
            place = Place("cosaudit", 1, 1)
            raise InputError(
                [Problem(place, "nothing to read", "a configuration file, or `--bucket NAME --region ID`")]
            )
        return flag_module.inventory(flags, reader)
    beside = [flag for flag in flags.given() if flag != "--have"]
    if beside:
        text = f"`{beside[0]}` stands beside the configuration `{config}`"
        raise InputError([Problem(Place(beside[0], 1, 1), text, "one or the other: the flags replace a configuration")])
    if have == "-" and config == "-":
        raise InputError(
            [Problem(Place("--have", 1, 1), "standard input can be read once only", "a file for one of the two")]
        )
    found = load(config, reader)
    programs = [client for client in found.clients if client.platform == "wechat-miniprogram"]
    if len(programs) != 1:
        text = f"`--have` is the list of one Mini Program, and the configuration has {len(programs)}"
        raise InputError([Problem(Place("--have", 1, 1), text, "`clients[].allowlist: FILE` for each of them")])
    assert have is not None  # no other flag may stand beside a configuration
    allowlist = flag_module.have(have, box, reader)
    reader.stop_if_wrong()
    clients = tuple(
        client._replace(allowlist=allowlist) if client is programs[0] else client for client in found.clients
    )
    return found._replace(clients=clients)


def outputs(given: list[str] | None, formats: tuple[str, ...]) -> list[tuple[str, str]]:
    """(format, path) of each `--output FORMAT=FILE`.

    Raises:
        InputError: a format that does not exist, no file, or one file twice.
    """
    from cosaudit.config.reader import InputError, Problem, identity, nearest_word
    from cosaudit.model import Place

    found = []
    wrong = []
    seen: set[str] = set()
    for text in given or ():
        name, equals, path = text.partition("=")
        if name not in formats or not equals or not path:
            expected = "FORMAT=FILE, FORMAT one of " + ", ".join(f"`{one}`" for one in formats)
            wrong.append(
                Problem(
                    Place("--output", 1, 1),
                    f"`{text}` is no output",
                    expected,
                    nearest_word(name, formats) if name not in formats else None,
                )
            )
            continue
        if path == "-":
            wrong.append(Problem(Place("--output", 1, 1), "`-` is no file", f"a file; `--format {name}` prints it"))
        elif (same := identity(path)) in seen:
            wrong.append(Problem(Place("--output", 1, 1), f"`{path}` is written twice", "a file for each format"))
        else:
            seen.add(same)
        found.append((name, path))
    if wrong:
        raise InputError(wrong)
    return found


def command_line() -> str:
    """The command line, as it was typed, for `Again:`."""
    import sys

    from cosaudit.report.plain import quoted

    return " ".join(["cosaudit", *map(quoted, sys.argv[1:])])
