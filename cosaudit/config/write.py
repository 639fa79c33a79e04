"""An Inventory of flags as a configuration file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cosaudit.model import CATEGORIES

if TYPE_CHECKING:
    from cosaudit.config.flags import Flags
    from cosaudit.model import Inventory


def _text(value: str) -> str:
    """A scalar that reads back as the same text."""
    plain = value.isascii() and value[:1].isalpha() and all(char.isalnum() or char in "-._@/:" for char in value)
    words = value.lower() in ("true", "false", "null", "none") or value.endswith(":") or ": " in value
    return value if plain and not (words and value != "none") else _quoted(value)


def _quoted(value: str) -> str:
    """In double quotation marks; what does not print as an escape of YAML (JSON's pairs of escapes are none)."""
    return '"' + "".join([_ESCAPES.get(char) or _char(char) for char in value]) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def _char(char: str) -> str:
    return char if char.isprintable() else f"\\U{ord(char):08X}" if char > "\uffff" else f"\\u{ord(char):04X}"


def _build(sdk: str, folder: str) -> str:
    """`--sdk` as a file in `folder` says it: a path that is told from here is told from there."""
    if not folder or os.path.isabs(sdk) or not ("/" in sdk or "\\" in sdk or sdk.endswith(".js")):
        return sdk
    try:
        found = os.path.relpath(sdk, folder)
    except ValueError:  # on another drive
        return os.path.abspath(sdk)
    return found if os.sep in found else os.path.join(".", found)


def as_yaml(inventory: Inventory, flags: Flags, folder: str = "") -> str:
    """The file that says what the flags said; reading it gives the same lists.

    Args:
        inventory, flags: what was given.
        folder: where the file will stand; the path of a copied build is told from there.
    """
    out = ["version: 1", "buckets:"]
    for bucket in inventory.buckets:
        out += [f"  - name: {_text(bucket.name)}", f"    region: {_text(bucket.region)}"]
        out.append("    # created: 2023-06-30   # decides whether it answers on the regional domain")
    client = inventory.clients[0]
    if inventory.assumed_client:
        return "\n".join(out) + "\n"
    out += ["clients:", "  - name: mini-program", "    platform: wechat-miniprogram"]
    sdk = (
        client.sdk.package
        if client.sdk.version is None
        else f"{client.sdk.package}@{client.sdk.asked or client.sdk.version}"
    )
    out.append(f"    sdk: {_text(_build(flags.sdk, folder) if flags.sdk else sdk)}")
    if client.endpoints:
        out.append("    endpoints:")
        out += [f"      - {_text(endpoint.url)}" for endpoint in client.endpoints]
    allowlist = client.allowlist
    if allowlist is not None and allowlist.lists:
        out.append("    allowlist:")
        for category in CATEGORIES:
            if category in allowlist.lists:
                entries = allowlist.lists[category]
                out.append(f"      {category}:" + ("" if entries else " []"))
                out += [f"        - {_quoted(entry.text)}" for entry in entries]
    if allowlist is not None and allowlist.unlabelled:
        out.append("    # --have did not say of which box these are; put them under their list in `allowlist`:")
        out += [f"    #   {_quoted(entry.text)}" for entry in allowlist.unlabelled]
    for kind in ("uploads", "downloads"):
        own = [transfer for transfer in inventory.transfers if transfer.kind == kind]
        if own:
            out.append(f"{kind}:")
        for transfer in own:
            bucket = inventory.buckets[transfer.bucket]
            name = transfer.operation if len(inventory.buckets) == 1 else f"{transfer.operation}-{bucket.name}"
            out += [
                f"  - name: {_text(name)}",
                "    client: mini-program",
                f"    bucket: {_text(bucket.name)}",
                f"    operation: {transfer.operation}",
                '    key: "{key}"   # such as "avatars/{openid}/{file}"',
            ]
    return "\n".join(out) + "\n"
