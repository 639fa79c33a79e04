"""An entry names a needed origin in a spelling of which no source says whether it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.flows import origin
from cosaudit.gates.platform import match
from cosaudit.model import Severity
from cosaudit.rules.base import Rule, calls, list_of, lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.model import Finding, Place, Request
    from cosaudit.run import Run
    from cosaudit.wechat.entries import Match

RULE = Rule(
    id="allowlist-entry-unsettled",
    title="an entry in a spelling that may not count",
    severity=Severity.LOW,
    gate="platform",
    why="A slash at the end, a path, capital letters: no source says whether WeChat trims them or never matches them. "
    "The plain origin is the one spelling that is known to work.",
    mend="enter the plain origin `https://host` too; the old entry can be removed once uploads work on a phone",
    facts=("wechat.entry.trailing-slash", "wechat.entry.path", "wechat.entry.letter-case"),
    confidence="tentative",
)


def check(run: Run) -> Iterator[Finding]:
    """One finding per entry."""
    matches: dict[tuple[tuple[Place, str], str | None], Match | None] = {}
    groups: dict[tuple[tuple[Place, str], int, str | None], tuple[Match, list[Request]]] = {}
    for request, _ in run.having("platform", "entry-unsettled"):
        key, sent_to = list_of(request), origin(request)
        if key is None or sent_to is None:
            continue
        if (key, sent_to) not in matches:
            matches[key, sent_to] = match(request.client, key[1], sent_to)
        found = matches[key, sent_to]
        if found is not None and found.at is not None:
            groups.setdefault((key, found.at, found.instead), (found, []))[1].append(request)
    known = lists(run) if groups else {}
    for (key, at, instead), (found, requests) in groups.items():
        requests.sort(key=lambda request: request.client.index)
        one = known[key]
        listed = one.entries[at]
        # nothing is proposed for removal: the old spelling may be the one that works today
        if instead is not None:
            fix = f"enter {instead} too; {listed.text} can be removed afterwards"
            changes: tuple[tuple[str, str, str], ...] = ((one.category, "+", instead),)
        else:
            fix = "call a host of your own by its plain name; no spelling of this one is known to count"
            changes = ()
        yield RULE.finding(
            f"{calls(requests, 'need')} {instead or origin(requests[0])} in the {one.category} "
            f"list{one.among(requests)}, which has it as `{listed.text}`: {found.reason}",
            at=listed.place,
            fix=fix,
            identity=one.identity(listed.text),
            client=requests[0].client,
            requests=requests,
            changes=changes,
        )
