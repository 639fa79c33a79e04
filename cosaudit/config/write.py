"""An Inventory of flags as a configuration file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cosaudit.model import CATEGORIES

if TYPE_CHECKING:
    from cosaudit.config.flags import Flags
    from cosaudit.model import Inventory


def _text(value: str) -> str:
    """A scalar that reads back as the same text: JSON strings are YAML."""
    plain = value.isascii() and value[:1].isalpha() and all(char.isalnum() or char in "-._@/:" for char in value)
    words = value.lower() in ("true", "false", "null", "none") or value.endswith(":") or ": " in value
    return value if plain and not (words and value != "none") else json.dumps(value)


def as_yaml(inventory: Inventory, flags: Flags) -> str:
    """The file that says what the flags said; reading it gives the same lists."""
    out = ["version: 1", "buckets:"]
    for bucket in inventory.buckets:
        out += [f"  - name: {_text(bucket.name)}", f"    region: {_text(bucket.region)}"]
        out.append("    # created: 2023-06-30   # decides whether it answers on the regional domain")
    client = inventory.clients[0]
    if inventory.assumed_client:
        return "\n".join(out) + "\n"
    out += ["clients:", "  - name: mini-program", "    platform: wechat-miniprogram"]
    sdk = client.sdk.package if client.sdk.version is None else f"{client.sdk.package}@{client.sdk.asked or client.sdk.version}"
    out.append(f"    sdk: {_text(flags.sdk or sdk)}")
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
                out += [f"        - {json.dumps(entry.text, ensure_ascii=False)}" for entry in entries]
    if allowlist is not None and allowlist.unlabelled:
        out.append("    # --have did not say of which box these are; put them under their list in `allowlist`:")
        out += [f"    #   {json.dumps(entry.text)}" for entry in allowlist.unlabelled]
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
