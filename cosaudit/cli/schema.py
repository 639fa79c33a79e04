"""`cosaudit schema`: the JSON Schema of the configuration."""

from cosaudit.cli import streams


def command() -> int:
    """Print the JSON Schema (draft 7) of the configuration, for editors and validators.

    Example: cosaudit schema > cosaudit.schema.json
    """
    from cosaudit.config.schema import schema
    from cosaudit.report.json_ import dump

    streams.out(dump(schema()))
    return 0
