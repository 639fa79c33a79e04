"""The response gate: may the page read the answer, and the headers of it that it cannot go on without?"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cosaudit import data
from cosaudit.gates import preflight
from cosaudit.gates.preflight import Judged
from cosaudit.model import Outcome, Verdict

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
    """The verdict for one page, over every answer that COS may give."""
    from cosaudit.cos.cors import actual
    from cosaudit.web.fetch import judge_response, same_origin

    answer = actual(rules.cors, request.origin, request.method)
    if same_origin(request):
        return Judged(request.origin, judge_response(request, answer))
    found = [_read(request, one, needed) for one in answer.possible or (answer,)]
    if len({one.verdict.outcome for one in found}) == 1:
        return min(found, key=lambda one: one.verdict.code != NOT_EXPOSED)  # the rest is mended with it
    settle = answer.settle
    assert settle is not None and settle.fact is not None  # COS's answer is not sure, and it matters
    reason = f"whether the page can read the answer is not known: {data.fact(settle.fact).says}"
    return Judged(request.origin, Verdict(Outcome.UNKNOWN, "unsure", reason, settle.fact, settle), answer)


def _read(request: WebRequest, answer: Answer, needed: tuple[str, ...]) -> Judged:
    """The verdict on one answer."""
    from cosaudit.web.fetch import can_read, judge_response

    verdict = judge_response(request, answer)
    if verdict.outcome is Outcome.BLOCKED:
        reason = f"the page cannot read the answer: {answer.reason}"
        return Judged(request.origin, Verdict(Outcome.BLOCKED, UNREADABLE, reason, answer.fact), answer)
    hidden = tuple([name for name in needed if not can_read(request, answer, name)])
    if hidden:
        assert answer.rule is not None  # the page reads the answer, so a rule allowed it
        names = ", ".join([f"`{spelt(name)}`" for name in hidden])
        reason = f"the SDK reads {names} of the answer, and CORS rule {answer.rule + 1} does not expose it"
        blocked = Verdict(Outcome.BLOCKED, NOT_EXPOSED, reason, "web.fetch.expose")
        return Judged(request.origin, blocked, answer, hidden)
    return Judged(request.origin, Verdict(Outcome.PASS, "readable", verdict.reason, verdict.fact), answer)


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
