"""A resource that matches nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import form, glob, of_session, policies, shown
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Area, Resource, Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-resource-dead",
    title="a resource that matches nothing",
    severity=Severity.HIGH,
    gate="session",
    why="The resource is no form that COS knows, so the statement grants nothing there.",
    mend="write `qcs::cos:<region>:uid/<appid>:<bucket>-<appid>/<key or prefix>*`",
    facts=("cam.resource.form", "cam.resource.bucket-without-appid"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per resource."""
    for subject in policies(run):
        told = {oddity.place for oddity in subject.policy.oddities if oddity.code in _CODES}
        yield from [form(RULE, subject, one) for one in subject.policy.oddities if one.code in _CODES]
        for row in subject.policy.statements:
            for resource in row.resources:
                found = "" if resource.place in told else _dead(resource, row, run.inventory.regions)
                if found:
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: `{shown(resource.text)}`: {found}",
                        at=resource.place,
                        identity=(subject.session.name, subject.gate, resource.text),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


_CODES = ("resource-malformed", "resource-project", "resource-variable")


def _dead(resource: Resource, row: Statement, regions: tuple[str, ...]) -> str:
    """Why no request ever has this resource; empty when one may."""
    patterns = [one.pattern for one in row.actions if one.pattern is not None]
    services: set[str] = set()
    if not any(one.opaque for one in row.actions):  # nobody knows what a feature set holds
        services = {pattern.partition(":")[0] if ":" in pattern else "*" for pattern in patterns}
    if services and resource.text != "*":
        from cosaudit.cos import actions

        forms = {found.resource if (found := actions.entry(one)) is not None else "" for one in patterns}
        if forms == {"any"}:
            named = ", ".join([f"`{one}`" for one in patterns[:3]]) + (" and more" if len(patterns) > 3 else "")
            return f"no resource but `*` grants {named}"
    reasons = [_why(one, services, regions) for one in resource.areas]
    return reasons[0] if reasons and all(reasons) else ""


def _why(one: Area, services: set[str], regions: tuple[str, ...]) -> str:
    """Why no request ever has a resource of an area; empty when one may."""
    from cosaudit.cam.policy import has_atoms
    from cosaudit.cos.regions import region

    if one == ("*", "*", "*", "*") or one.service not in ("cos", "ci"):
        return ""
    if services and not any(glob(service, one.service) for service in services):
        named = ", ".join(sorted(services))
        return f"a resource of `{one.service}` under actions of `{named}` only, which never have it"
    if one.service == "ci":
        return ""
    if one.account is not None and one.account.startswith("uin/"):
        return "COS names accounts by APPID, as `uid/<appid>`, never by `uin/`"
    if "*" not in one.region and region(one.region, regions) is None:
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
    if not slash:
        return "no slash stands behind the bucket's name; the bucket itself is `<bucket>/`, all of it `<bucket>/*`"
    if key == "undefined" or key.endswith("/undefined"):
        return "`undefined` is what code writes where a prefix is missing"
    return ""
