"""The session gate: does the policy that STS is given let the temporary key do this?

A key never exceeds the policy it was made with (fact `cam.session.intersection`), and STS makes no key at all where it
refuses the call (facts `sts.*`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.flows import COPY_SOURCE, copied, copies
from cosaudit.gates import later
from cosaudit.model import Auth, Outcome, Settle, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from cosaudit.cam.policy import Condition, Context, Decision, Policy, Resource
    from cosaudit.model import Inventory, Request, Session

#: Codes of verdicts that block. Rules go by them.
ACTION, RESOURCE, DENIED, CONDITION, REFUSED = (
    "action-missing",
    "resource-missing",
    "denied",
    "condition-fails",
    "sts-refuses",
)
OPEN = "condition-unknown"
NAMELESS = "bucket-without-appid"
_NAMELESS = "cam.resource.bucket-without-appid"
#: STS takes no policy of such a form: rules on the form tell it.
FORM = "policy-refused"
#: A pass that rests on a form of which no page says that it works.
UNCONFIRMED = "unconfirmed"
#: The fact of a form that stands on no page either, but that is reported to work.
REPORTED = "cam.resource.region-wildcard"
#: The fact that a verdict on the source of a copy rests on.
COPY = "actions.copy-source"


def judge(request: Request, inventory: Inventory) -> Verdict:
    """The verdict of the session policy on one request, for every key and size that it stands for."""
    outside = described(request, inventory)
    if isinstance(outside, Verdict):
        return outside
    session = outside
    refused = refusal(session)
    if refused is not None:
        return refused
    if session.policy is None:
        return later.missing(f"sessions[{session.index}].policy")
    verdict = evaluate(request, inventory, session.policy, "the session policy")
    nameless: Resource | None = session.policy.nameless
    if verdict.outcome is not Outcome.PASS:
        return verdict
    if nameless is None:
        return _confirmed(verdict, request, inventory, session)
    from cosaudit.cos.names import quoted

    reason = (
        f"the session policy grants it, but STS may refuse the whole policy (GrantOtherResource): the bucket in "
        f"{quoted(nameless.text, 120)} lacks its appid"
    )
    return Verdict(Outcome.UNKNOWN, NAMELESS, reason, _NAMELESS, Settle(fact=_NAMELESS))


def _confirmed(verdict: Verdict, request: Request, inventory: Inventory, session: Session) -> Verdict:
    """A pass that rests on a form of which no page says that it works is not known to be one."""
    policy: Policy = session.policy
    known = _documented.get(id(policy))
    if known is None:
        if len(_documented) >= _POLICIES_KEPT:
            _documented.clear()
        known = _documented[id(policy)] = policy, *_only_documented(policy)
    _, documented, fact, what = known
    if fact is None:
        return verdict
    if documented is not None:
        again = evaluate(request, inventory, documented, "")
        if again.outcome is Outcome.PASS:
            return verdict
    reason = f"{verdict.reason}, if {what} works: no page says so"
    return Verdict(Outcome.UNKNOWN, UNCONFIRMED, reason, fact, Settle(fact=fact))


#: Policy by its id (it is kept: its id stays its own) → what of it is documented, and the fact and form of the rest.
_documented: dict[int, tuple[Policy, Policy | None, str | None, str]] = {}
_POLICIES_KEPT = 1024


def _only_documented(policy: Policy) -> tuple[Policy | None, str | None, str]:
    """A policy without the resources whose form no page confirms; None: no part of it is sure; a fact of None: all."""
    if any(one.code == "effect-case" for one in policy.oddities):
        return None, "cam.effect.capitals", "an effect in capitals"
    odd = [found for row in policy.statements if row.allow for one in row.resources if (found := _doubtful(one))]
    if not odd:
        return policy, None, ""
    rows = [
        row._replace(resources=tuple([one for one in row.resources if not row.allow or _doubtful(one) is None]))
        for row in policy.statements
    ]
    return policy._replace(statements=tuple(rows)), *odd[0]


def _doubtful(resource: Resource) -> tuple[str, str] | None:
    found = unconfirmed(resource)
    return found if found is not None and found[0] != REPORTED else None


def unconfirmed(resource: Resource) -> tuple[str, str] | None:
    """The fact, and the words, of a form that no page confirms, as it is written: the old form ends so too."""
    if resource.text == "*" or not resource.areas:
        return None
    _, _, _, region, account, path = resource.text.split(":", 5)  # what has areas has six segments
    if "*" in path[:-1]:
        return "cam.resource.middle-wildcard", "a `*` before the end of the key"
    if "*" in region:
        return REPORTED, "a `*` for the region, which documents leave empty"
    if "*" in account:
        return "cam.resource.account-wildcard", "a `*` for the account"
    return None


def described(request: Request, inventory: Inventory) -> Session | Verdict:
    """The session of a request, or the verdict on a request that has none."""
    outside = later.outside(request)
    if outside is not None:
        return outside
    transfer = request.transfer
    assert transfer is not None
    if transfer.auth is Auth.NONE:
        return later.ANONYMOUS
    if transfer.auth is Auth.SERVER_PERMANENT:
        return later.PERMANENT
    if transfer.session is None:
        return later.missing(later.field(request, "session"))
    if request.shape is None:
        return later.unrecorded(request)
    return inventory.sessions[transfer.session]


def refusal(session: Session) -> Verdict | None:
    """Why STS makes no such key at all; None when nothing that is described speaks against it."""
    from cosaudit.cos.sts import NO_POLICY, duration_limits, longest_duration

    for code, found, _ in session.quirks:
        if code in NO_POLICY:
            return Verdict(Outcome.BLOCKED, REFUSED, found, "sts.policy.format")
    policy: Policy | None = session.policy
    if policy is not None and policy.refused is not None:
        code, found, expected, _, _ = policy.refused
        error, fact = ERRORS.get(code, _FORMAT)
        reason = f"STS takes no such policy ({error}): found {found}; expected {expected}"
        return Verdict(Outcome.BLOCKED, FORM, reason, fact)
    if policy is not None and len(policy.accounts) > 1 and (session.issuer is None or session.issuer.appid is None):
        (first, _), (second, _) = policy.accounts[:2]
        reason = f"the policy names resources of `{first}` and of `{second}`, and STS makes keys for one account only"
        return Verdict(Outcome.BLOCKED, REFUSED, f"{reason} (GrantOtherResource)", "sts.grant-other")
    asked = session.duration
    if asked is None:
        return None
    kind = session.issuer.kind if session.issuer is not None else None
    most = duration_limits(session.api, kind)[1]
    if most is None and kind is None:  # it hangs on who asks
        root = duration_limits(session.api, "root")[1]
        most = longest_duration(session.api)
        if root is not None and root < asked <= most:
            reason = f"`duration: {asked}` is more than STS gives a root key ({root} seconds)"
            settle = Settle(describe=f"sessions[{session.index}].issuer.kind")
            return Verdict(Outcome.UNKNOWN, "duration-unsettled", reason, "sts.duration.federation-root", settle)
    if most is not None and asked > most:
        who = f" a {kind} key" if kind is not None and session.api == "GetFederationToken" else ""
        reason = f"STS refuses `duration: {asked}`: {session.api} gives{who} {most} seconds at most (OverTimeError)"
        return Verdict(Outcome.BLOCKED, REFUSED, reason, "sts.duration.federation-root")
    return None


_FORMAT = ("StrategyFormatError", "sts.policy.format")
#: Oddity → the error of STS and the fact it rests on, where it is not that of any wrong syntax.
ERRORS = {"resource-malformed": ("ResouceError", "sts.policy.resource")}


def evaluate(request: Request, inventory: Inventory, policy: Policy, whose: str) -> Verdict:
    """The verdict of a policy on a request, for every key and size that it stands for.

    A copy is two requests to CAM: the writing, and the reading of its source.

    Args:
        whose: what the policy is, for the reason: `the session policy`.
    """
    verdict = _evaluate(request, inventory, policy, whose)
    if not copies(request) or verdict.outcome is Outcome.BLOCKED:
        return verdict
    source = copied(request)
    if source is None:
        reason = f"the value of `{COPY_SOURCE}` names no object of a bucket, so what the copy reads is not known"
        return Verdict(Outcome.UNKNOWN, OPEN, reason, None, Settle(describe=later.field(request, "headers")))
    reads = _evaluate(source, inventory, policy, whose)
    if reads.outcome is Outcome.PASS:
        return verdict
    return reads._replace(reason=f"{reads.reason} (a copy also needs GetObject on its source)", fact=COPY)


def _evaluate(request: Request, inventory: Inventory, policy: Policy, whose: str) -> Verdict:
    from cosaudit.cam.policy import Context, Known
    from cosaudit.gates import asked

    shape, transfer = request.shape, request.transfer
    assert shape is not None and transfer is not None
    decide = _decider(request, inventory, policy)
    keys = asked.keys_of(policy)
    if not keys:
        decision = decide(Context({}, Known.ABSENT))
        return _verdict(decision, request, policy, whose, False, inventory)
    of_sizes = asked.sizes(transfer, shape)
    if asked.in_one_part_or_many(shape, of_sizes):
        # a file of one part is as long as the part; of several, all but the last one are full
        one_part = request._replace(transfer=transfer._replace(max_size=asked.MIB))
        many = request._replace(transfer=transfer._replace(min_size=asked.MIB + 1))
        verdicts = [_evaluate(one, inventory, policy, whose) for one in (one_part, many)]
        if verdicts[0].outcome is verdicts[1].outcome:
            return verdicts[1]
    found = [decide(one) for one in asked.contexts(request, keys, of_sizes, inventory.placeholders)]
    full = asked.full_part(shape, of_sizes)
    if full is not None and any(one.decision == "unknown" for one in found):
        # parts of the full length are among those that are sent
        whole = request._replace(transfer=transfer._replace(min_size=full, max_size=full))
        parts = asked.contexts(whole, keys, asked.Sizes(full, full), inventory.placeholders)
        again = [decide(one) for one in parts]
        if all(one.decision in ("deny", "implicit-deny") for one in again):
            found = again
    different = {one.decision for one in found}
    refused = different <= _NO
    if len(different) == 1 or refused:
        decision = found[0]
    else:
        decision = next(one for one in found if one.decision != "allow")._replace(decision="unknown")
    unbounded = False
    if refused and transfer.max_size is None and asked.sized(shape) and asked.size_values(policy):
        # nothing says that objects get so large, unless the smallest one is refused already
        least = asked.Sizes(transfer.min_size, transfer.min_size)
        smallest = [decide(one) for one in asked.contexts(request, keys, least, inventory.placeholders)]
        unbounded = of_sizes.least > transfer.min_size or not {one.decision for one in smallest} <= _NO
    return _verdict(decision, request, policy, whose, unbounded, inventory)


def _decider(request: Request, inventory: Inventory, policy: Policy) -> Callable[[Context], Decision]:
    """What decides on all keys of a request, given what is known of its condition keys.

    A deny of only some texts of a free placeholder refuses nobody who does not send them: where the configuration says
    nothing of what it holds, it is not known.
    """
    from cosaudit.cam.language import decide_all
    from cosaudit.gates import asked

    shape = request.shape
    assert shape is not None
    action, placeholders = shape.action, inventory.placeholders
    fixed = asked.chosen(request, policy, placeholders)
    resource = asked.template(request, placeholders, fixed)
    forms = asked.forms(request, placeholders)

    def decide(context: Context) -> Decision:
        found = decide_all(policy, action, resource, context, forms)
        if found.decision != "deny":
            return found
        anything = asked.any_text(request, placeholders)
        if not anything:
            return found
        again = decide_all(policy, action, asked.template(request, placeholders, fixed | anything), context, forms)
        return again if again.placeholders else found

    return decide


_NO = frozenset(("deny", "implicit-deny"))


def _verdict(
    decision: Decision, request: Request, policy: Policy, whose: str, unbounded: bool, inventory: Inventory
) -> Verdict:
    """A decision as a verdict.

    Args:
        unbounded: nothing says how large the objects get, so what a size refuses is unknown.
    """
    if decision.decision == "allow":
        return Verdict(Outcome.PASS, "allowed", f"{whose}: {decision.reason}", decision.fact)
    reason = f"{whose}: {decision.reason}"
    if decision.stuck:  # a simpler policy settles it
        index = request.transfer.session if request.transfer is not None else None
        return Verdict(Outcome.UNKNOWN, OPEN, reason, None, Settle(describe=f"sessions[{index}].policy"))
    if decision.decision == "unknown" and decision.placeholders and not decision.conditions:
        settle = Settle(describe=f"placeholders.{decision.placeholders[0]}")
        return Verdict(Outcome.UNKNOWN, OPEN, reason, decision.fact, settle)
    if decision.decision == "unknown" and not decision.conditions:
        other = _other_placeholder(policy, request)
        if other is not None:
            near = _nearest(other, request)
            known = inventory.placeholders.get(other)
            reason = f"{whose} names `{{{other}}}`, which is no part of the key: "
            reason += f"did you mean `{{{near}}}`?" if near else "whether it is the same is not known"
            field = f"placeholders.{other}"
            if near or (known is not None and known.declared):  # more about it would settle nothing
                field = later.field(request, "key")
            return Verdict(Outcome.UNKNOWN, OPEN, reason, None, Settle(describe=field))
        if not any(action.opaque for row in policy.statements for action in row.actions):
            return Verdict(Outcome.BLOCKED, RESOURCE, f"{whose} grants it for some users only", decision.fact)
        return Verdict(Outcome.UNKNOWN, OPEN, reason, decision.fact, Settle(fact="cam.actions.feature-set"))
    if decision.decision == "unknown" or unbounded:
        settle = _settle(decision.conditions, request)
        if unbounded:
            settle = Settle(describe=later.field(request, "max_size"))
        return Verdict(Outcome.UNKNOWN, OPEN, reason, decision.fact, settle)
    if decision.decision == "deny":
        code = DENIED
    elif decision.conditions:
        code = CONDITION
    else:
        code = RESOURCE if grants(policy, request) else ACTION
    return Verdict(Outcome.BLOCKED, code, reason, decision.fact)


def _other_placeholder(policy: Policy, request: Request) -> str | None:
    """A placeholder of the policy's resources that the key does not have."""
    assert request.transfer is not None
    names = {part.text for part in request.transfer.key if part.placeholder}
    return next((name for name in policy.placeholders if name not in names), None)


def _nearest(name: str, request: Request) -> str | None:
    """The placeholder of a request's key that was likely meant."""
    from difflib import get_close_matches

    assert request.transfer is not None
    names = [part.text for part in request.transfer.key if part.placeholder]
    found = get_close_matches(name, names, 1, 0.7)
    return found[0] if found else None


def grants(policy: Policy, request: Request) -> bool:
    """Does any statement allow the action of a request, on whatever resource?"""
    assert request.shape is not None
    return grants_action(policy, request.shape.action)


def grants_action(policy: Policy, action: str) -> bool:
    """Does any statement allow an action, on whatever resource?"""
    from cosaudit.cam.condition import glob

    name = action.removeprefix("name/")
    return any(
        action.pattern is not None and glob(action.pattern, name)
        for statement in policy.statements
        if statement.allow
        for action in statement.actions
    )


def _settle(conditions: tuple[Condition, ...], request: Request) -> Settle:
    """What would settle an open condition: a field of the upload, or a fact that nobody knows."""
    transfer = request.transfer
    assert transfer is not None
    for one in conditions:
        if one.operator is None:
            return Settle(fact="cam.condition.unknown-operator")
        if one.key == "cos:content-length" and transfer.max_size is None:
            return Settle(describe=later.field(request, "max_size"))
        if one.key == "cos:content-type" and transfer.content_type is None:
            return Settle(describe=later.field(request, "content_type"))
        if one.key == "cos:content-length":
            return Settle(fact="cam.condition.content-length-form")
        if one.key == "cos:content-type":
            return Settle(fact="cam.condition.content-type-form")
    return Settle(fact="cam.condition.values")
