"""An entry names a needed origin in a spelling of which no source says whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates.platform import match
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Request
    from cosaudit.run import Run

RULE = Rule(
    id="allowlist-entry-unsettled",
    title="an entry in a spelling that may not count",
    severity=Severity.LOW,
    gate="platform",
    why="A slash at the end, a path, capital letters: no source says whether WeChat trims them or never matches them. "
    "The plain origin is the one spelling that is known to work.",
    mend="enter the plain origin `https://host` instead",
    facts=("wechat.entry.trailing-slash", "wechat.entry.path", "wechat.entry.letter-case"),
    confidence="tentative",
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry."""
    groups: dict[tuple[int, str, str], list[Request]] = {}
    for request, _ in run.having("platform", "entry-unsettled"):
        api = request.api
        sent_to = request.endpoint.url if request.endpoint is not None else request.prefix
        assert api is not None and sent_to is not None
        groups.setdefault((request.client.index, api.value, sent_to), []).append(request)
    for (index, category, sent_to), requests in groups.items():
        client = run.inventory.clients[index]
        found = match(client, category, sent_to)
        if found is None or found.at is None or client.allowlist is None:
            continue
        listed = client.allowlist.lists[category][found.at]
        yield RULE.finding(
            f"{called(requests)} needs {found.instead} in the {category} list, which has it as `{listed.text}`: "
            f"{found.reason}",
            at=listed.place,
            fix=f"enter {found.instead} instead of {listed.text}",
            identity=(client.name, category, listed.text),
            client=client,
            requests=requests,
            changes=((category, "-", listed.text), (category, "+", found.instead or "")),
        )
