"""The JSON Schema of the configuration, from the same table that the decoder reads."""

from __future__ import annotations

from cosaudit.config import table
from cosaudit.config.fields import Schema


def schema() -> Schema:
    """Draft 7, the newest that the YAML language servers of editors promise to read.

    `buckets` may come from an included file, so a file with `include` needs none of its own.
    """
    found = table.CONFIG.schema()
    del found["required"]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cosaudit configuration, version 1",
        **found,
        "anyOf": [{"required": ["buckets"]}, {"required": ["include"]}],
    }
