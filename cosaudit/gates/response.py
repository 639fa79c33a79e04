"""The response gate: may the page read the answer, and the headers of it that it cannot go on without?"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cosaudit.gates import preflight
from cosaudit.model import Outcome, Settle, Verdict

if TYPE_CHECKING:
    from cosaudit.cos.cors import Cors
    from cosaudit.model import Inventory, Request
    from cosaudit.web.fetch import WebRequest

#: Codes of verdicts that block. Rules go by them.
UNREADABLE, NOT_EXPOSED = "answer-unreadable", "header-not-exposed"


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict on what the page may read, for every origin that it has."""
    outside = preflight.described(request)
    if outside is not None:
        return outside
    needed = reads(request)
    return preflight.over_origins(request, lambda asked: _response(asked.cors, asked.request, needed))


def reads(request: Request) -> tuple[str, ...]:
    """The response headers without which the client cannot go on, in lower case."""
    used, shape, transfer = request.client.sdk, request.shape, request.transfer
    if shape is None or transfer is None or used.version is None or used.package != preflight.JS:
        return ()
    from cosaudit.sdk import js

    return tuple([name.lower() for name in js.reads(used.version, transfer.operation, shape.action)])


@lru_cache(maxsize=65536)
def _response(cors: Cors, request: WebRequest, needed: tuple[str, ...]) -> Verdict:
    from cosaudit.cos.cors import actual
    from cosaudit.web.fetch import can_read, judge_response

    answer = actual(cors, request.origin, request.method)
    verdict = judge_response(request, answer)
    if verdict.outcome is Outcome.BLOCKED:
        why = answer.reason if answer.outcome is Outcome.BLOCKED else verdict.reason
        reason = f"the page cannot read the answer: {why}"
        return Verdict(Outcome.BLOCKED, UNREADABLE, reason, answer.fact or verdict.fact)
    if verdict.outcome is not Outcome.PASS:
        return verdict
    for name in needed:
        shown = can_read(request, answer, name)
        if shown is False:
            rule = f"CORS rule {answer.rule + 1}" if answer.rule is not None else "no CORS rule"
            reason = f"the SDK reads `{_spelt(name)}` of the answer, and {rule} does not expose it"
            return Verdict(Outcome.BLOCKED, NOT_EXPOSED, reason, "web.fetch.expose")
        if shown is None:
            reason = f"whether the page can read `{_spelt(name)}` is not known: {answer.reason}"
            return Verdict(
                Outcome.UNKNOWN, "unsure", reason, answer.fact, answer.settle or Settle(fact="web.fetch.expose")
            )
    return Verdict(Outcome.PASS, "readable", verdict.reason, verdict.fact)


def _spelt(name: str) -> str:
    """A header as people write it."""
    return {"etag": "ETag"}.get(name, "-".join([part.capitalize() for part in name.split("-")]))


__all__ = ["NOT_EXPOSED", "UNREADABLE", "judge", "reads"]
