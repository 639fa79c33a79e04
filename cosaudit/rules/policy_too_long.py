"""A policy near or above the length that CAM takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.model import Severity
from cosaudit.rules._keys import of_session, policies
from cosaudit.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding
    from cosaudit.run import Run

RULE = Rule(
    id="policy-too-long",
    title="a policy near or above the length that CAM takes",
    severity=Severity.MEDIUM,
    gate="session",
    why="CAM takes so many characters without spaces, of the policy as it is sent, with its users in it; what STS "
    "takes is not published (PolicyTooLong).",
    mend="group actions with the same resources into one statement",
    facts=("cam.limits.policy-length", "sts.policy.length"),
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per policy."""
    most: int | None = None
    for subject in policies(run):
        if subject.gate == "bucket":
            continue  # other limits hold for it
        rows = subject.policy.statements
        rough = sum([len(one.text) + 3 for row in rows for part in (row.actions, row.resources) for one in part])
        rough += sum([len(value) + 3 for row in rows for one in row.conditions for value in (one.key, *one.values)])
        rough += 60 * len(rows)
        names = subject.policy.placeholders
        longest = {name: _length(name, run) for name in names}
        rough += sum(longest.values()) * (sum([len(row.resources) for row in rows]) if names else 0)
        if most is None:
            from cosaudit import data

            most = data.facts_of("cam")["cam.limits.policy-length"].value
        assert most is not None
        if rough < most // 2:
            continue
        import json
        from urllib.parse import quote

        text = json.dumps(subject.policy.document, separators=(",", ":"), ensure_ascii=False)
        for name, length in longest.items():
            text = text.replace(f"${{{name}}}", "a" * length).replace(f"{{{name}}}", "a" * length)
        length = len(text.replace(" ", ""))
        if length > most:
            filled = f" with {' and '.join(f'`{{{name}}}`' for name in names[:3])} filled in" if names else ""
            yield of_session(
                RULE,
                subject.session,
                message=f"{subject.name} has {length} characters without spaces{filled}; CAM takes {most}. Encoded as "
                f"in a URL, as STS gets it, it has {len(quote(text, safe=''))}",
                at=subject.policy.place,
                identity=(subject.session.name, subject.gate),
                fix=RULE.mend,
                gate=subject.gate,
            )


def _length(name: str, run: Run) -> int:
    """How long the text for a placeholder gets: as declared, else as is usual; the shortest where nothing says it."""
    known = run.inventory.placeholders.get(name)
    if known is not None and (known.most is not None or known.least > 1):
        return known.most or known.least
    if name != "openid":
        return 1
    from cosaudit import data

    usual: int = data.facts_of("wechat-values")["wechat.openid.form"].value["length"]
    return usual
