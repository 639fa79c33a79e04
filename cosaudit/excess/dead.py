"""Resources that no request ever has, and a policy without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.cam.condition import glob
from cosaudit.cam.policy import has_atoms
from cosaudit.cos import actions
from cosaudit.cos.regions import region

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from cosaudit.cam.policy import Area, Policy, Resource, Statement


def why(resource: Resource, row: Statement, regions: tuple[str, ...], homes: Mapping[str, str]) -> str:
    """Why no request ever has this resource of a statement; empty when one may.

    Args:
        resource: the resource.
        row: its statement.
        regions: ids that the user declared.
        homes: bucket → the region in which it is described to be.
    """
    services = _services(row)
    if services and resource.text != "*":
        patterns = [one.pattern for one in row.actions if one.pattern is not None]
        forms = {found.resource if (found := actions.entry(one)) is not None else "" for one in patterns}
        if forms == {"any"}:
            named = ", ".join([f"`{one}`" for one in patterns[:3]]) + (" and more" if len(patterns) > 3 else "")
            return f"no resource but `*` grants {named}"
    reasons = [_of_area(one, services, regions, homes) for one in resource.areas]
    return reasons[0] if reasons and all(reasons) else ""


def alive(policy: Policy, regions: tuple[str, ...], homes: Mapping[str, str]) -> Policy:
    """A policy without the readings of resources that no request ever has; the same one where there are none."""
    rows = tuple([_alive(row, regions, homes) for row in policy.statements])
    same = all(new is old for new, old in zip(rows, policy.statements, strict=True))
    return policy if same else policy._replace(statements=rows)


def _alive(row: Statement, regions: tuple[str, ...], homes: Mapping[str, str]) -> Statement:
    services = _services(row)
    changed = False
    resources = []
    for resource in row.resources:
        areas = tuple([one for one in resource.areas if not _of_area(one, services, regions, homes)])
        if len(areas) < len(resource.areas):
            changed = True
            resource = resource._replace(areas=areas)
        resources.append(resource)
    return row._replace(resources=tuple(resources)) if changed else row


def _services(row: Statement) -> Set[str]:
    """The services of a statement's actions; empty where nobody knows them."""
    if any(one.opaque for one in row.actions):
        return frozenset()
    patterns = [one.pattern for one in row.actions if one.pattern is not None]
    return {pattern.partition(":")[0] if ":" in pattern else "*" for pattern in patterns}


def _of_area(one: Area, services: Set[str], regions: tuple[str, ...], homes: Mapping[str, str]) -> str:
    """Why no request ever has a resource of an area; empty when one may."""
    if one == ("*", "*", "*", "*") or one.service not in ("cos", "ci"):
        return ""
    if services and not any(glob(service, one.service) for service in services):
        named = ", ".join(sorted(services))
        return f"a resource of `{one.service}` under actions of `{named}` only, which never have it"
    if one.service == "ci":
        return ""
    if one.account is not None and one.account.startswith("uin/"):
        return "COS names accounts by APPID, as `uid/<appid>`, never by `uin/`"
    found = region(one.region, regions) if "*" not in one.region else None
    if "*" not in one.region and found is None:
        return f"there is no region `{one.region}`"
    name, slash, key = one.path.partition("/")
    appid = name.rpartition("-")[2]
    if "*" in name or not name or has_atoms(name):
        return ""
    if name == "prefix":
        return "the old form with one slash after `prefix` is no resource of today's COS"
    if ".myqcloud.com" in name or ".tencentcos.cn" in name:
        return "a host name stands where the bucket's name belongs"
    if not appid.isdigit() or appid == name:
        return "the bucket's name lacks its appid, `<name>-<appid>`"
    if one.account is not None and "*" not in one.account and one.account != f"uid/{appid}":
        return f"the bucket is of account {appid}, and the resource says `{one.account}`"
    home = region(homes[name], regions) if name in homes else None
    if found is not None and home is not None and found.current != home.current:
        return f"the bucket is in `{homes[name]}`, and the resource says `{one.region}`"
    if not slash:
        return "no slash stands behind the bucket's name; the bucket itself is `<bucket>/`, all of it `<bucket>/*`"
    if key == "undefined" or key.endswith("/undefined"):
        return "`undefined` is what code writes where a prefix is missing"
    return ""


__all__ = ["alive", "why"]
