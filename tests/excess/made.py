"""Configurations of keys, what the public commands say of them, and witnesses asked again."""

from __future__ import annotations

import json
import re
from typing import Any

from oracles.cam import reference
from support import call

BUCKET = "media-1250000000"
REGION = "ap-guangzhou"
ROOT = f"qcs::cos:{REGION}:uid/1250000000:{BUCKET}/"

#: Rules that tell what a key lets through beyond need.
EXCESS = frozenset(
    f"session-{name}"
    for name in (
        "beside-folder",
        "bucket-rights",
        "bucket-settings",
        "bucket-settings-read",
        "cross-user-read",
        "cross-user-write",
        "future-actions",
        "lists-bucket",
        "object-rights",
        "other-bucket-read",
        "other-bucket-write",
        "other-keys-read",
        "other-keys-write",
        "other-services",
        "own-delete",
        "own-folder",
        "own-more",
        "public-acl",
        "shared-write",
    )
)

Config = dict[str, Any]


def allow(actions: str, *resources: str, **condition: Any) -> dict[str, Any]:
    """A statement that allows; actions by their names with spaces between, resources by what follows the bucket."""
    found: dict[str, Any] = {
        "effect": "allow",
        "action": [one if one == "*" or ":" in one else f"name/cos:{one}" for one in actions.split()],
        "resource": [one if one == "*" or one.startswith("qcs:") else ROOT + one for one in resources],
    }
    if condition:
        found["condition"] = condition
    return found


def deny(actions: str, *resources: str, **condition: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(actions, *resources, **condition), "effect": "deny"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"version": "2.0", "statement": list(statements)}


def upload(operation: str, key: str, name: str = "up", **more: Any) -> dict[str, Any]:
    """An upload with the session `key`."""
    return {
        "name": name,
        "client": "app",
        "bucket": BUCKET,
        "operation": operation,
        "key": key,
        "session": "key",
        **more,
    }


def config(
    uploads: list[dict[str, Any]],
    given: dict[str, Any] | None = None,
    *,
    sdk: str = "cos-wx-sdk-v5@1.8.0",
    placeholders: dict[str, Any] | None = None,
    client: dict[str, Any] | None = None,
    session: dict[str, Any] | None = None,
) -> Config:
    """A configuration with one session `key`, whose policy is `given`."""
    own = {"name": "key", **({"policy": given} if given is not None else {}), **(session or {})}
    found: Config = {
        "version": 1,
        "buckets": [{"name": BUCKET, "region": REGION}],
        "clients": [{"name": "app", "platform": "wechat-miniprogram", "sdk": sdk, **(client or {})}],
        "sessions": [own],
        "uploads": uploads,
    }
    if placeholders is not None:
        found["placeholders"] = placeholders
    return found


def with_policy(made: Config, given: dict[str, Any]) -> Config:
    """The same configuration with another policy of its first session."""
    first, *others = made["sessions"]
    kept = {name: value for name, value in first.items() if name not in ("policy", "scopes", "helper")}
    return {**made, "sessions": [{**kept, "policy": given}, *others]}


def answered(made: Config, *command: str) -> tuple[int, Any]:
    """Exit code and JSON of a command on a configuration from standard input."""
    first, *rest = command
    code, out, err = call(*first.split(), "-", *rest, "--format", "json", stdin=json.dumps(made).encode())
    assert err == "", err
    return code, json.loads(out)


def findings(made: Config) -> list[dict[str, Any]]:
    """What `check` finds."""
    found: list[dict[str, Any]] = answered(made, "check")[1]["findings"]
    return found


def rules(made: Config) -> set[str]:
    """The rules of what `check` finds."""
    return {one["rule"] for one in findings(made)}


def beyond(made: Config) -> list[dict[str, Any]]:
    """The findings about what a key lets through beyond need."""
    return [one for one in findings(made) if one["rule"] in EXCESS]


def rows(made: Config, gate: str = "session") -> list[tuple[str, str, str]]:
    """(action, when, verdict) of each request to a bucket, at a gate."""
    requests = answered(made, "trace")[1]["requests"]
    return [
        ((one["action"] or "").removeprefix("name/cos:"), one["when"], one["gates"][gate]["verdict"])
        for one in requests
        if one["flow"] is not None
    ]


def minimal(made: Config, *options: str) -> dict[str, Any]:
    """The policy that `policy minimal` prints."""
    code, found = answered(made, "policy minimal", *options)
    assert code == 0
    assert isinstance(found, dict)
    return found


def named(given: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """A policy with values in the place of its placeholders."""
    text = json.dumps(given)
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value).replace(f"{{{name}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def decision(given: dict[str, Any], action: str, resource: str) -> str:
    """What the reference decision procedure says of one request of which no condition key is known."""
    return reference.decide(given, action, resource, {})


def keys_of(template: str, values: dict[str, str]) -> re.Pattern[str]:
    """The keys of a template for one user, as a regular expression: what is not in `values` is any text but none."""
    pattern = ""
    for piece in re.split(r"(\{[a-z]+\})", template):
        name = piece[1:-1] if piece.startswith("{") else None
        pattern += re.escape(piece) if name is None else re.escape(values[name]) if name in values else ".+"
    return re.compile(pattern, re.DOTALL)
