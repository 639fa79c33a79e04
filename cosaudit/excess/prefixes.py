"""Conditions on `cos:prefix`: they bound the resource of a listing, whose path is bucket and prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.cam.condition import glob as matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Area, Condition, Policy, Statement

KEY = "cos:prefix"


def narrowed(policy: Policy) -> Policy:
    """A policy as it is for listings: what its allows say of the prefix is written into their resources.

    Facts: `cam.resource.list-prefix` (the prefix is part of the resource), `cam.condition.prefix` (encoded values).
    """
    if not any(_bounds(one) for row in policy.statements for one in row.conditions):
        return policy
    return policy._replace(statements=tuple([_narrowed(row) if row.allow else row for row in policy.statements]))


def _bounds(condition: Condition) -> bool:
    plain = condition.operator == "string_like" or (
        condition.operator == "string_equal" and not any("*" in value for value in condition.values)
    )
    return condition.key == KEY and plain and bool(condition.values)


def _narrowed(row: Statement) -> Statement:
    for condition in row.conditions:
        if _bounds(condition):
            rest = tuple([one for one in row.conditions if one is not condition])
            resources = tuple(
                [
                    one._replace(
                        areas=tuple(dict.fromkeys([made for area in one.areas for made in _areas(area, condition)]))
                    )
                    for one in row.resources
                ]
            )
            row = row._replace(resources=resources, conditions=rest)
    return row


def _areas(area: Area, condition: Condition) -> Iterator[Area]:
    """The part of an area whose prefix a condition lets through; never less than it, at most the whole area."""
    from urllib.parse import unquote

    bucket, slash, key = area.path.partition("/")
    if not slash:  # a pattern of whole paths, such as `*`
        bucket, key = area.path, "*"
        if not bucket.endswith("*"):
            return
    for value in condition.values:
        prefix = unquote(value)
        if matches(key, prefix):  # as text: the prefix' own `*` is matched by a `*` alone
            yield area._replace(path=f"{bucket}/{prefix}")
        elif matches(prefix, key) or ("*" in prefix and "*" in key):
            yield area
    if condition.if_exist and matches(key, ""):
        yield area._replace(path=f"{bucket}/")


__all__ = ["KEY", "narrowed"]
