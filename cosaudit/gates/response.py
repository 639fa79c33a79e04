"""The response gate: may the page read the answer, and the headers of it that it cannot go on without?"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cosaudit.gates import preflight
from cosaudit.gates.preflight import Judged
from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cos.cors import Answer
    from cosaudit.gates.preflight import Rules
    from cosaudit.model import Inventory, Request
    from cosaudit.web.fetch import WebRequest

#: Codes of verdicts that block. Rules go by them.
UNREADABLE, NOT_EXPOSED = "answer-unreadable", "header-not-exposed"


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict on what the page may read, for every origin that it has."""
    outside = preflight.described(request)
    return outside if outside is not None else preflight.settled(preflight.worst(pages(request)), request)


def pages(request: Request) -> list[Judged]:
    """What each page may read of the answer to a request that `preflight.described` lets through."""
    needed = reads(request)
    return preflight.over_pages(request, partial(_response, needed=needed), partial(_from_anywhere, needed=needed))


def reads(request: Request) -> tuple[str, ...]:
    """The response headers without which the client cannot go on, in lower case."""
    used, shape, transfer = request.client.sdk, request.shape, request.transfer
    if shape is None or transfer is None or used.version is None or used.package != preflight.JS:
        return ()
    from cosaudit.sdk import js

    return tuple([name.lower() for name in js.reads(used.version, transfer.operation, shape.action)])


@lru_cache(maxsize=65536)
def _response(rules: Rules, request: WebRequest, needed: tuple[str, ...]) -> Judged:
    """The verdict for one page."""
    from cosaudit.cos.cors import actual
    from cosaudit.web.fetch import can_read, judge_response, same_origin

    answer = actual(rules.cors, request.origin, request.method)
    verdict = judge_response(request, answer)
    if same_origin(request):
        return Judged(request.origin, verdict)
    if verdict.outcome is Outcome.BLOCKED:
        reason = f"the page cannot read the answer: {answer.reason}"
        return Judged(request.origin, Verdict(Outcome.BLOCKED, UNREADABLE, reason, answer.fact), answer)
    if verdict.outcome is not Outcome.PASS:
        return Judged(request.origin, verdict, answer)
    shown = {name: can_read(request, answer, name) for name in needed}
    hidden = tuple([name for name, seen in shown.items() if seen is False])
    if hidden:
        names = ", ".join([f"`{spelt(name)}`" for name in hidden])
        reason = f"the SDK reads {names} of the answer, and CORS rule {_number(answer)} does not expose it"
        return Judged(request.origin, Verdict(Outcome.BLOCKED, NOT_EXPOSED, reason, "web.fetch.expose"), answer, hidden)
    unsure = [name for name, seen in shown.items() if seen is None]
    if unsure:
        reason = f"whether the page can read `{spelt(unsure[0])}` is not known: {answer.reason}"
        settle = answer.settle or Settle(fact="web.fetch.expose")
        return Judged(request.origin, Verdict(Outcome.UNKNOWN, "unsure", reason, answer.fact, settle), answer)
    return Judged(request.origin, Verdict(Outcome.PASS, "readable", verdict.reason, verdict.fact), answer)


def _number(answer: Answer) -> int:
    """The number of the rule that decides, counted from 1; the first of them where it may be several."""
    index = answer.rule if answer.rule is not None else answer.possible[0].rule
    assert index is not None  # a header is hidden from a page that reads the answer, so a rule allowed it
    return index + 1


def _from_anywhere(rules: Rules, request: WebRequest, needed: tuple[str, ...]) -> Judged:
    """The verdict for pages that nobody describes: sure only where it is the same for all of them.

    For an unknown page any rule that has the method may be the first one that fits, up to the first with `*`.
    """
    found: list[Judged] = []
    nobody = tuple([rule._replace(methods=()) for rule in rules.cors.rules])
    for index, rule in enumerate(rules.cors.rules):
        if request.method in rule.methods:
            alone = (*nobody[:index], rule._replace(origins=("*",)), *nobody[index + 1 :])
            found.append(_response(preflight.Rules(rules.cors._replace(rules=alone)), request, needed))
            if "*" in rule.origins:
                break
    else:  # the page that no rule names
        found.append(_response(preflight.Rules(rules.cors._replace(rules=nobody)), request, needed))
    outcomes = {one.verdict.outcome for one in found}
    if len(outcomes) == 1:
        return found[0]._replace(origin=None)
    return Judged(None, Verdict(Outcome.UNKNOWN, "origins-unknown", found[0].verdict.reason))


@lru_cache(maxsize=256)
def spelt(name: str) -> str:
    """A header as people write it."""
    return {"etag": "ETag"}.get(name, "-".join([part.capitalize() for part in name.split("-")]))


__all__ = ["NOT_EXPOSED", "UNREADABLE", "judge", "pages", "reads", "spelt"]
