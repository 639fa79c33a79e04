"""What the rules on temporary keys share: who is judged, where it is mended, how it is told."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.gates.session import COPY, FORM
from cosaudit.model import Outcome, Session, bytes_text
from cosaudit.rules.base import Rule, answered, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cosaudit.cam.policy import Oddity, Policy, Statement
    from cosaudit.excess import Excess, Unsettled
    from cosaudit.model import Bucket, Finding, Place, Request, Verdict
    from cosaudit.run import Run

#: What the phone shows when COS refuses a request.
DENIED = "403 AccessDenied `Access Denied.`"

#: What the phone gets where STS makes no key.
NO_KEY = "no key at all: the key service gets an error from STS"

#: Actions that store a file in one request.
UPLOADS = ("cos:PutObject", "cos:PostObject")

_VERBS = {
    "overwrite": "overwrites",
    "delete": "deletes",
    "read": "reads",
    "list": "lists",
}
#: Rules about files, not about buckets and their settings.
_OF_FILES = ("session-cross", "session-other-bucket", "session-other-keys", "session-own", "session-beside")
_VERBS_OF_SETTINGS = {
    "rights": "changes rights",
    "configure": "changes settings",
    "settings": "reads settings",
}


class Subject(NamedTuple):
    """A policy that is judged: a session's own, its issuer's, or a bucket's.

    For a bucket's, `session` only carries its name and place, so that the rules on the form of policies hold for all.
    """

    policy: Policy
    session: Session
    gate: str  # "session", "issuer" or "bucket"
    requests: tuple[Request, ...] = ()  # those that have no key, since STS refuses the policy's form

    @property
    def name(self) -> str:
        """The policy for a sentence."""
        if self.session.source == "alone":
            return "the policy"
        who = "who issues " if self.gate == "issuer" else "the bucket " if self.gate == "bucket" else ""
        return f"the policy of {who}`{self.session.name}`"


def policies(run: Run) -> Iterator[Subject]:
    """The policies of all sessions, then of their issuers, then of buckets; one that several share, once."""
    seen: set[int] = set()
    keyless = _keyless(run)
    for gate in ("session", "issuer"):
        for session in run.inventory.sessions:
            policy = session.policy
            if gate == "issuer":
                policy = session.issuer.policy if session.issuer is not None else None
            if policy is not None and id(policy) not in seen:
                seen.add(id(policy))
                yield Subject(policy, session, gate, keyless.get(id(policy), ()) if gate == "session" else ())
    yield from _of_buckets(run)


@lru_cache(maxsize=1)  # many rules of one run ask, and there may be many buckets
def _of_buckets(run: Run) -> tuple[Subject, ...]:
    found = {id(one.policy): one for one in reversed(run.inventory.buckets) if one.policy is not None}
    return tuple([Subject(one.policy, _stand_in(one), "bucket") for one in reversed(found.values())])


def _stand_in(bucket: Bucket) -> Session:
    alone = bucket.index < 0  # its policy was read without any configuration
    source = "alone" if alone else "bucket"
    return Session(
        bucket.name, bucket.policy, source, None, "", None, None, None, bucket.owner, bucket.index, bucket.at
    )


@lru_cache(maxsize=1)  # several rules of one run ask
def _keyless(run: Run) -> dict[int, tuple[Request, ...]]:
    """Policy, by its id → the requests that have no key, since STS takes no policy of such a form."""
    found: dict[int, tuple[Request, ...]] = {}
    for session, _, items in blocked_by(run, "session", FORM):
        of_policy = id(session.policy)
        found[of_policy] = (*found.get(of_policy, ()), *[request for request, _ in items])
    return found


# The engine is imported by the first policy that is judged, not at every start.


@lru_cache(maxsize=4096)  # the same few names of actions are compared in all policies
def glob(pattern: str, text: str) -> bool:
    """Does a pattern match a text? `*` is any characters."""
    from cosaudit.cam.condition import glob as matches

    return matches(pattern, text)


def atom(name: str) -> str:
    """The symbol of a placeholder in patterns."""
    from cosaudit.cam import policy

    return policy.atom(name)


def shown(pattern: str) -> str:
    """A pattern as people write it."""
    from cosaudit.cam import policy

    return policy.shown(pattern)


class Beyond(NamedTuple):
    """What all keys of a run let through beyond need: by rule; and what of that is not known."""

    by_rule: dict[str, list[Excess]]
    unsettled: list[Unsettled]


@lru_cache(maxsize=1)  # several rules of one run ask
def excesses(run: Run) -> Beyond:
    """What is beyond need, over all sessions with a policy."""
    found = Beyond({}, [])
    sessions = [one for one in run.inventory.sessions if one.policy is not None and one.policy.statements]
    if sessions:
        from cosaudit import excess

        needed = excess.needs(run)
        everyone = excess.everyone(run)
        for session in sessions:
            of_session = excess.of_session(session, needed.get(session.index, ()), everyone, run.inventory)
            for one in of_session.excesses:
                found.by_rule.setdefault(one.kind, []).append(one)
            found.unsettled.extend(of_session.unsettled)
    return found


def beyond(rule: Rule, run: Run) -> Iterator[Finding]:
    """The findings of a rule about something that a key lets through beyond need: one per element to narrow."""
    for one in excesses(run).by_rule.get(rule.id, ()):
        yield of_session(
            rule,
            one.session,
            message=f"{_who(one)}{_with(one)}",
            at=one.element.place,
            identity=(one.session.name, one.capability, one.element.text),
            fix=rule.mend if one.alone else f"{rule.mend} (`cosaudit policy minimal` prints the smallest policy)",
            confidence=one.doubt,
            witness={
                "api": None,
                "method": one.method,
                "url": one.url,
                "action": one.action,
                "resource": one.resource,
                **({"key": one.key} if one.key else {}),
                **({"holder": ", ".join([f"{key}={text}" for key, text in one.holder.items()])} if one.holder else {}),
                **({"user": one.users[0], "other_user": one.users[1]} if one.users else {}),
            },
        )


def _who(one: Excess) -> str:
    """What the holder does, in words, with the request that shows it."""
    shown = f": {one.method} {one.url}" if one.url is not None else f": {one.action} on {one.resource}"
    if one.action == "name/cos:PostObject":
        shown += f" with the form's key `{one.key}`"
    key = "a key with this policy" if one.alone else f"a key of `{one.session.name}`"
    if one.kind == "session-other-uploads":
        does = "ends" if one.method == "DELETE" else "sees"
        if one.users is None:
            return f"{key} {does} unfinished uploads of others{shown}"
        holder, other = one.users
        return f'{key} made for user "{holder}" {does} unfinished uploads of user "{other}"{shown}'
    verb = _VERBS.get(one.capability)
    if verb is None and one.kind.startswith(_OF_FILES):  # what is said of a file
        verb = f"may do {one.action.rpartition(':')[2]} on"
    if one.users is not None and verb is not None:
        holder, other = one.users
        return f'{key} made for user "{holder}" {verb} a file of user "{other}"{shown}'
    name = one.action.rpartition(":")[2]
    unneeded = "which no client should" if one.alone else "which no upload needs"
    if one.kind == "session-future-actions":
        return f"{key} may do whatever COS adds later, {unneeded}: `{one.element.text}` names no end of actions"
    if one.kind == "session-other-services":
        return f"{key} may do {one.action} and more outside COS, {unneeded}: `{one.element.text}`"
    if verb is not None:
        own = "the user's own files"
        what = {
            "session-own-delete": f"{own}, {unneeded}",
            "session-own-more": f"{'files that all users share' if one.shared else own}, {unneeded}",
            "session-shared-write": f"a file that all users share, {unneeded}",
            "session-beside-folder": "files beside the folders of the uploads, whose names begin with the user's own",
            "session-own-folder": "other keys beside those that the uploads need, in the same folder",
            "session-lists-bucket": "the names of all files" if one.alone else "the names of other files",
        }.get(one.kind, "any file of the bucket" if one.alone else "a file that no upload needs")
        if one.kind.startswith("session-other-bucket"):
            elsewhere = "a file in any bucket" if one.alone else "a file in a bucket that no upload uses"
            what = elsewhere if one.resource != "*" else "whatever there is"
        return f"{key} {verb} {what}{shown}"
    return f"{key} may do {name}, {unneeded}{shown}"


def _with(one: Excess) -> str:
    """The other capabilities of the same edit."""
    return (
        f"; it {' and '.join([{**_VERBS, **_VERBS_OF_SETTINGS}[word] for word in one.also])} there too"
        if one.also
        else ""
    )


def of_session(
    rule: Rule,
    session: Session,
    *,
    message: str,
    at: Place,
    identity: tuple[str | None, ...],
    fix: str,
    requests: tuple[Request, ...] = (),
    witness: dict[str, str | None] | None = None,
    note: str = "",
    phone: tuple[tuple[str, str], ...] = (),
    gate: str | None = None,
    confidence: str | None = None,
) -> Finding:
    """A finding about a session or its policy, or the form of a bucket's; `subject` names it."""
    first = requests[0] if requests else None
    found = rule.finding(
        message,
        at=at,
        fix=fix,
        identity=identity,
        client=first.client if first is not None else None,
        requests=requests,
        witness=witness,
        note=note,
        phone=phone,
        confidence=confidence,
    )
    of = {"bucket": session.name} if gate == "bucket" else {"session": session.name}
    return found._replace(subject={**found.subject, **of}, owner=session.owner, gate=gate or found.gate)


def odd(rule: Rule, run: Run, *codes: str) -> Iterator[Finding]:
    """The findings of a rule about the form of policies: one per oddity."""
    for subject in policies(run):
        if subject.gate == "bucket" and not subject.policy.statements:
            continue  # so a bucket without a policy is described
        for oddity in subject.policy.oddities:
            if oddity.code in codes:
                yield form(rule, subject, oddity)


def form(rule: Rule, subject: Subject, oddity: Oddity) -> Finding:
    """A finding about one oddity of a policy."""
    expected = f"; expected {oddity.expected}" if oddity.expected else ""
    requests = subject.requests if oddity is subject.policy.refused else ()
    return of_session(
        rule,
        subject.session,
        message=f"{subject.name}: {oddity.found}{expected}",
        at=oddity.place,
        identity=(subject.session.name, subject.gate, oddity.code, oddity.found),
        fix=rule.mend,
        gate=subject.gate,
        requests=requests,
        phone=((NO_KEY, words([request.flow for request in requests])),) if requests else (),
    )


def refused(rule: Rule, run: Run, gate: str, *codes: str) -> Iterator[Finding]:
    """Findings of requests that a policy refuses: one per session and kind of reason, with all that it stops."""
    for session, code, stopped in blocked_by(run, gate, *codes):
        requests = tuple([request for request, _ in stopped])
        flows = list(dict.fromkeys([request.flow for request in requests]))
        yield of_session(
            rule,
            session,
            message=f"{words(flows)}: {_lacking(stopped, gate, code)}",
            at=_place(session, gate, code, *stopped[0]),
            identity=(session.name, gate, code),
            fix=f"{rule.mend} (`cosaudit policy minimal` prints the smallest policy)",
            requests=requests,
            phone=((answered(DENIED, requests[0].client), words(flows)),),
            gate=gate,
        )


def no_key(
    rule: Rule, session: Session, gate: str, code: str, verdict: Verdict, at: Place, requests: tuple[Request, ...]
) -> Finding:
    """A finding about a key that STS does not make: COS is never asked, so no policy is to be mended."""
    flows = list(dict.fromkeys([request.flow for request in requests]))
    return of_session(
        rule,
        session,
        message=f"{words(flows) if flows else f'`{session.name}`'}: {verdict.reason}",
        at=at,
        identity=(session.name, gate, code),
        fix=rule.mend,
        requests=requests,
        phone=((NO_KEY, words(flows)),) if flows else (),
        gate=gate,
    )


def blocked_by(run: Run, gate: str, *codes: str) -> Iterator[tuple[Session, str, list[tuple[Request, Verdict]]]]:
    """The requests that a gate blocks for some reasons, by session and reason."""
    groups: dict[tuple[int, str], list[tuple[Request, Verdict]]] = {}
    for request, verdict in run.having(gate, *codes):
        assert request.transfer is not None and request.transfer.session is not None
        if verdict.outcome is Outcome.BLOCKED:
            groups.setdefault((request.transfer.session, verdict.code), []).append((request, verdict))
    for (index, code), items in groups.items():
        yield run.inventory.sessions[index], code, items


def _lacking(stopped: list[tuple[Request, Verdict]], gate: str, code: str) -> str:
    """What is refused, action by action, with the conditions under which it is sent."""
    if code not in ("action-missing", "resource-missing"):
        reasons = list(dict.fromkeys([verdict.reason for _, verdict in stopped]))
        more = f" (and {len(reasons) - 2} more)" if len(reasons) > 2 else ""
        return "; ".join(reasons[:2]) + more
    by_when: dict[str, dict[str, None]] = {}
    for request, verdict in stopped:
        shape = request.shape
        assert shape is not None
        when = shape.when
        label = ", ".join(
            [
                *([f"over {bytes_text(when.over)}"] if when.over is not None else []),
                *([f"up to {bytes_text(when.up_to)}"] if when.up_to is not None else []),
                *(["when it resumes"] if when.resume else []),
                *(["when it is cancelled"] if when.abort else []),
            ]
        )
        name = "GetObject on what is copied" if verdict.fact == COPY else shape.action.rpartition(":")[2]
        by_when.setdefault(label, {})[name] = None
    parts = [f"{', '.join(names)}{f' ({label})' if label else ''}" for label, names in by_when.items()]
    first = stopped[0][0]
    who = first.client.sdk.package if first.client.sdk.package != "none" else "the code"
    version = f" {first.client.sdk.version}" if first.client.sdk.version else ""
    whose = "the policy" if gate == "session" else "the issuer's own policy"
    if code == "action-missing":
        return f"{who}{version} sends what {whose} does not grant: {'; '.join(parts)}"
    return f"{whose} grants it elsewhere, not on these keys: {'; '.join(parts)}: {stopped[0][1].reason}"


def _place(session: Session, gate: str, code: str, request: Request, verdict: Verdict) -> Place:
    """Where a person mends it: the statement that denies; for what is lacking an allow, never a deny."""
    policy: Policy | None = session.policy
    if gate == "issuer":
        policy = session.issuer.policy if session.issuer is not None else None
    if policy is None:
        return session.at.place("issuer" if gate == "issuer" else "policy")
    from cosaudit.cos.actions import bare
    from cosaudit.excess import grants

    assert request.shape is not None
    named = _named(policy, verdict.reason)
    if code == "denied" and named is not None:
        return named.place
    allows = [one for one in policy.statements if one.allow]
    granting = [one for one in allows if grants(one, bare(request.shape.action))]
    if code == "resource-missing" and granting and granting[0].resources:
        return granting[0].resources[0].place
    if code == "condition-fails":
        for one in granting if named is None else (named,):
            keys = [part for part in one.conditions if part.key in verdict.reason]
            if one.conditions:
                return (keys or one.conditions)[0].place
    if allows and allows[0].actions:
        return allows[0].actions[0].place
    return policy.place


def _named(policy: Policy, reason: str) -> Statement | None:
    """The statement that the reason of a decision names as the one that decided."""
    import re

    found = re.search(r": statement (\d+) (?:denies it|would allow it)", reason)
    number = int(found[1]) if found is not None else 0
    return next((one for one in policy.statements if one.index + 1 == number), None)
