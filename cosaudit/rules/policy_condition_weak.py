"""A condition that limits less than it seems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import UPLOADS, glob, of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cosaudit.cam.policy import Condition, Statement
    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-condition-weak",
    title="a condition that limits less than it seems",
    severity=Severity.INFO,
    gate="session",
    why="The holder leaves the header out, uploads in another way or adds a header, and the limit is gone.",
    mend="use the plain operator in an allow to require the header, and `_if_exist` in a deny; put the condition on "
    "every action that stores a file; one deny for each header; forbid multipart to limit the size",
    facts=(
        "cam.condition.absent-key",
        "cam.condition.and-or",
        "cam.condition.content-length",
        "cam.condition.content-length-chunked",
    ),
)


#: Keys whose header the client may leave out, or choose freely → the actions that store a file and may carry it.
_HEADERS = {
    "cos:content-length": (*UPLOADS, "cos:AppendObject", "cos:UploadPart"),
    "cos:content-type": (*UPLOADS, "cos:AppendObject", "cos:InitiateMultipartUpload"),
}
_SIZE = "cos:content-length"


def check(run: Run) -> Iterator[Finding]:
    """One finding per condition and reason."""
    for subject in policies(run):
        rows = subject.policy.statements
        for row in rows:
            for one in row.conditions:
                for kind, found in _weak(one, row, rows):
                    yield of_session(
                        RULE,
                        subject.session,
                        message=f"{subject.name}: {found}",
                        at=one.place,
                        identity=(subject.session.name, subject.gate, str(row.index), one.key, kind),
                        fix=RULE.mend,
                        gate=subject.gate,
                    )


def _weak(one: Condition, row: Statement, rows: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    """Why a condition limits less than it seems: a word for the reason, and the reason."""
    if one.key in _HEADERS and one.operator is not None:
        if row.allow and one.if_exist:
            yield "absent", f"`{one.written}` passes when the request has no `{one.key.partition(':')[2]}`"
        elif row.allow and one.key == _SIZE and _names(row, "cos:UploadPart"):
            yield "part", f"`{_SIZE}` limits each part of a multipart upload, not the file"
        elif not row.allow and not one.if_exist and _restricts(one) and _without(one.key, row, rows):
            how = "as with `Transfer-Encoding: chunked`" if one.key == _SIZE else "and a client may leave it out"
            header = one.key.partition(":")[2]
            yield (
                "deny",
                f"this deny does not stop an upload without `{header}`, {how}: `{one.written}` does not hold then",
            )
        elif row.allow and _limits(one):
            free = _unlimited(one.key, row, rows)
            if free:
                yield "other", f"{free} without a condition on `{one.key}`"
    if row.allow and one.operator == "string_like" and any(value and not value.strip("*") for value in one.values):
        yield "any", f"`*` as the value of `{one.key}` matches every value"
    if not row.allow and one is row.conditions[0]:
        others = _headers(row)
        if len(others) > 1:
            named = " and ".join([f"`{key}`" for key in others[:3]])
            yield "all", f"this deny stops only requests for which all of {named} match at once: keys are joined by and"


def _names(row: Statement, action: str) -> bool:
    return any(one.pattern is not None and glob(one.pattern, action) for one in row.actions)


def _restricts(one: Condition) -> bool:
    """Does a deny ask for a bound on the size, or for one of some types, as if it were there in each upload?"""
    operator = one.operator or ""
    return operator.startswith("numeric_") if one.key == _SIZE else "_not_equal" in operator


def _limits(one: Condition) -> bool:
    """Does an allow set an upper bound on the size, or name types?"""
    operator = one.operator or ""
    return operator.startswith(("numeric_less_than", "numeric_equal")) if one.key == _SIZE else "_not_" not in operator


def _without(key: str, denying: Statement, rows: Sequence[Statement]) -> bool:
    """Does an allow let an upload that a deny is about go without the header?"""
    actions = [name for name in (("cos:PutObject",) if key == _SIZE else _HEADERS[key]) if _names(denying, name)]
    return any(
        row.allow
        and any(_names(row, name) for name in actions)
        and not any(one.key == key and not one.if_exist for one in row.conditions)
        for row in rows
    )


def _unlimited(key: str, limited: Statement, rows: Sequence[Statement]) -> str:
    """The uploads of the same files that another statement allows without a condition on a key, for a sentence."""
    if not any(_names(limited, name) for name in UPLOADS):
        return ""
    for row in rows:
        if row is limited or not row.allow or any(one.key == key for one in row.conditions):
            continue
        actions = [name for name in _HEADERS[key] if _names(row, name)]
        if actions and _meet(limited, row):
            named = ", ".join([name.partition(":")[2] for name in actions])
            return f"statement {row.index + 1} allows {named} on the same files"
    return ""


def _meet(first: Statement, second: Statement) -> bool:
    """Do two statements speak of a common resource?"""
    from cosaudit.cam.pattern import BUDGET, Work, area, search

    texts = {one.text for one in first.resources}
    if any(one.text in texts for one in second.resources):
        return True
    unions = [[area(part, "any") for one in row.resources for part in one.areas] for row in (first, second)]
    return search(unions, [], Work(BUDGET)) is not None  # too hard to tell: said, being info


def _headers(row: Statement) -> list[str]:
    """The keys of a statement's conditions that the client's headers hold."""
    from cosaudit.cos import conditions

    keys = dict.fromkeys([one.key for one in row.conditions])
    return [name for name in keys if (known := conditions.key(name)) is not None and known.when == "header"]
