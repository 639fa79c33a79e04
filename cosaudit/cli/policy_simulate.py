"""`cosaudit policy simulate`: what a policy says of one request."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cosaudit.cli import policy_source, streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from cosaudit.cam.policy import Context, Decision, Policy, Value
    from cosaudit.config.reader import Problem
    from cosaudit.cos.actions import Derived
    from cosaudit.model import Place
    from cosaudit.report.policy import Answer

_CODES = {"allow": 0, "deny": 1, "implicit-deny": 1, "unknown": 3}

_ACTION = "an action such as `name/cos:PutObject`"
_RESOURCE = "six segments, such as `qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/avatars/1.jpg`, or `*`"


class Format(Enum):
    """How to print the answer."""

    text = "text"
    json = "json"


class Question(NamedTuple):
    """The request that is asked about: `derived` from METHOD and URL, or a resource as it was given."""

    action: str
    derived: "Derived | None"
    resource: str
    key: str | None
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """Where placeholders may stand: the resource, or what stands for it in the URL, and the key."""
        derived = self.derived
        parts = [self.resource, self.key]
        if derived is not None:
            parts += [derived.bucket, derived.key, *[one for one in derived.conditions.values() if one is not None]]
        return " ".join([one for one in parts if one])


def command(
    policy: policy_source.Policy,
    method: Annotated[
        str | None, typer.Argument(metavar="METHOD", help="The request's method …", show_default=False)
    ] = None,
    url: Annotated[
        str | None,
        typer.Argument(metavar="URL", help="… and its full URL: action and resource follow from both."),
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Instead of METHOD and URL: `name/cos:PutObject` …")
    ] = None,
    resource: Annotated[
        str | None,
        typer.Option("--resource", metavar="RESOURCE", help="… and `qcs::cos:REGION:uid/APPID:BUCKET/KEY`."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY", help="The object's key where the URL does not hold it, as with a form."),
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            metavar="KEY=VALUE",
            help="A condition key of the request, such as `cos:content-length=1024`, with its value as policies write "
            "it. May repeat, also for several values of one key.",
        ),
    ] = None,
    absent: Annotated[
        list[str] | None,
        typer.Option("--absent", metavar="KEY", help="A condition key that the request does not carry. May repeat."),
    ] = None,
    set: policy_source.Set = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Say whether a policy allows one request, which statement decides, and why.

    Example: cosaudit policy simulate sts.json PUT https://media-1250000000.cos.ap-guangzhou.myqcloud.com/avatars/1.jpg
    """
    from cosaudit.config.reader import Reader
    from cosaudit.report import policy as report

    reader = Reader()
    wrong: list[Problem] = []
    question = _question(method, url, action, resource, key, wrong)
    given = _given(context, absent, wrong)
    parsed = policy_source.read(policy, reader)
    asked = "" if question is None else question.text
    placed = policy_source.values(set, parsed, wrong, asked)
    for problem in wrong:
        reader.add(problem)
    reader.stop_if_wrong()
    assert question is not None and parsed is not None  # otherwise a problem was told
    answer = simulate(parsed, question, given, placed)
    if format is Format.json:
        streams.out(report.simulation_json(answer))
    else:
        lines = reader.sources[policy].line
        streams.out(report.simulation(answer, lambda _, number: lines(number), streams.width(), streams.paint()))
    return _CODES[answer.decision.decision]


# ---- the call


def _question(
    method: str | None,
    url: str | None,
    action: str | None,
    resource: str | None,
    key: str | None,
    wrong: "list[Problem]",
) -> "Question | None":
    """What is asked; None after telling what is wrong with the call."""
    from cosaudit.config.reader import Problem
    from cosaudit.model import Place

    def tell(where: str, found: str, expected: str, nearest: str | None = None) -> None:
        wrong.append(Problem(Place(where, 1, 1), found, expected, nearest))

    flags = [name for name, value in (("--action", action), ("--resource", resource)) if value is not None]
    if method is not None and flags:
        tell(flags[0], f"`{flags[0]}` stands beside METHOD and URL", "one or the other: both say what is asked")
    elif method is not None and url is None:
        tell("URL", "a METHOD without a URL", "METHOD and URL, such as `PUT https://…`")
    elif method is not None and url is not None:
        return _derived(method, url, key, tell)
    elif action is None or resource is None:
        missing = "`--resource`" if action is not None else "`--action`"
        found = f"{missing} is missing" if flags else "no request is asked about"
        tell("cosaudit" if not flags else missing.strip("`"), found, "METHOD and URL, or `--action` and `--resource`")
    else:
        if key is not None:
            tell("--key", "`--key` stands beside `--resource`", "the key in `--resource`, or METHOD and URL")
        return _named(policy_source.word(action), policy_source.word(resource), tell)
    return None


def _derived(method: str, url: str, key: str | None, tell) -> Question | None:  # type: ignore[no-untyped-def]
    from cosaudit.cos import actions

    try:
        derived = actions.of_request(policy_source.word(method), policy_source.word(url))
    except actions.NotDerived as error:
        tell(error.where, error.found, error.expected, error.nearest)
        return None
    if key is not None and derived.key is not None:
        tell("--key", "`--key` stands beside a request that names its resource", "the key in the URL alone")
        return None
    if key is not None and not key:
        tell("--key", "an empty key", "an object's key")
        return None
    return Question(derived.action, derived, "", None if key is None else policy_source.word(key), derived.notes)


def _named(action: str, resource: str, tell) -> Question | None:  # type: ignore[no-untyped-def]
    import re

    from cosaudit.cos import actions
    from cosaudit.cos.names import quoted

    notes = []
    near = actions.nearest(action)
    if re.fullmatch(r"(name/)?[A-Za-z0-9_-]+:[A-Za-z0-9_-]+", action) is None:
        found = "stands for several" if "*" in action else "is no action"
        tell("--action", f"{quoted(action)} {found}", _ACTION, None if "*" in action else near)
        return None
    entry = actions.entry(action)
    if entry is None:
        hint = f"; did you mean {near}?" if near is not None else ""
        notes.append(f"no page of the vendor's names the action {quoted(action)}{hint}")
    problem = _resource_problem(resource)
    if problem is not None:
        tell("--resource", f"{quoted(resource, 120)} {problem}", _RESOURCE)
        return None
    if "*" in resource and resource != actions.EVERYTHING:
        notes.append("`*` in --resource is read as that character: a request is about one resource")
    if entry is not None and entry.resource == "any" and resource != actions.EVERYTHING:
        notes.append(f"{entry.name} is about no single resource: COS asks for it with `*`")
    bare = actions.bare(action)
    return Question(f"name/{bare}", None, resource, None, tuple(notes))


def _resource_problem(resource: str) -> str | None:
    """Why a text is no resource; None for those that are."""
    if resource == "*":
        return None
    segments = resource.split(":", 5)
    if segments[0] != "qcs":
        return "does not begin with `qcs:`"
    if len(segments) < 6:
        return f"has {len(segments)} segments"
    if segments[1]:
        return "has a second segment, which is always empty"
    return None


def _given(context: list[str] | None, absent: list[str] | None, wrong: "list[Problem]") -> "dict[str, Value]":
    """What the command line says of condition keys."""
    from cosaudit.cam.policy import Known
    from cosaudit.config.reader import Problem
    from cosaudit.cos.names import quoted
    from cosaudit.model import Place

    found: dict[str, Value] = {}
    for key, value in policy_source.pairs(context, "--context", "cos:content-length=1024", wrong):
        before = found.get(key, ())
        found[key] = (*before, value) if isinstance(before, tuple) else (value,)
    for key in map(policy_source.word, absent or ()):
        if key in found and found[key] is not Known.ABSENT:
            text = f"{quoted(key)} has a value and is absent"
            wrong.append(Problem(Place("--absent", 1, 1), text, "`--context` or `--absent`"))
        found[key] = Known.ABSENT
    return found


# ---- the answer


def simulate(policy: "Policy", question: Question, given: "dict[str, Value]", placed: dict[str, str]) -> "Answer":
    """What a policy says of a request.

    Args:
        policy: as it was read.
        question: the request.
        given: what is known of condition keys beyond the request itself.
        placed: values of placeholders; `{name}` in the request stands for the same value, or the same unknown one.
    """
    from functools import partial

    from cosaudit.cam.policy import shown
    from cosaudit.report.policy import Answer

    names = tuple(dict.fromkeys([*policy.placeholders, *policy_source.names(question.text)]))
    target = policy_source.put(policy, placed)
    fill = partial(policy_source.filled, names=names, given=placed)
    context, never = _context(policy, question, given, fill)
    decision, resource = _decision(target, question, context, fill)
    place = None if decision.statement is None else policy.statements[decision.statement].place
    asked = {one.key for statement in policy.statements for one in statement.conditions}
    notes = [*question.notes]
    notes += [f"no condition of the policy asks for {key}" for key in given if key not in asked]
    decisive = {one.key for one in decision.conditions}
    notes += [text for key, text in never.items() if key in decisive]
    if decision.decision != "allow":
        others = [odd for odd in policy.oddities if odd is not policy.refused]
        notes += [f"{odd.place}: found {odd.found}; expected {odd.expected}" for odd in others]
    notes += policy_source.unfit(policy)
    if policy_source.names_people(policy):
        notes.append("principals are not looked at: the answer is for those whom the statements name")
    settle: list[str] = []
    if decision.decision == "unknown":
        keys = dict.fromkeys([one.key for one in decision.conditions if one.key not in {*given, *never}])
        settle += [f"--context {key}=VALUE, or --absent {key}" for key in keys]
        settle += [f"--set {name}=VALUE" for name in names if name not in placed and _hangs(name, target, resource)]
        if question.derived is not None and question.derived.key is None and question.key is None:
            settle.append("--key KEY")
        if question.derived is not None and question.derived.bucket is not None and question.derived.region is None:
            settle.append("a URL on the bucket's own host, which names its region")
    spot = _spot(target, decision, question.action, resource) or place
    return Answer(decision, question.action, shown(resource), place, spot, tuple(settle), tuple(notes))


def _hangs(name: str, policy: "Policy", resource: str) -> bool:
    """Does an answer hang on a placeholder: one that stands in the policy or in the request, but not in both?"""
    from cosaudit.cam.policy import atom

    return (name in policy.placeholders) is not (atom(name) in resource)


def _spot(policy: "Policy", decision: "Decision", action: str, resource: str) -> "Place | None":
    """The place in the policy that says most: of the condition, or of the resource that decides."""
    from cosaudit.cam.decide import concrete, matching
    from cosaudit.cam.policy import Truth

    if decision.conditions:
        return decision.conditions[0].place
    area = concrete(resource)
    if decision.statement is None or area is None:
        return None
    statement = policy.statements[decision.statement]
    for one in statement.resources:
        if matching(statement._replace(resources=(one,)), action, area) is not Truth.FALSE:
            return one.place
    return None


def _context(
    policy: "Policy", question: Question, given: "dict[str, Value]", fill: "Callable[[str], str]"
) -> "tuple[Context, dict[str, str]]":
    """What is known of the condition keys, and a sentence for each that this request never carries."""
    from cosaudit.cam.policy import Context, Known
    from cosaudit.cos.conditions import presence

    said = {} if question.derived is None else question.derived.conditions
    values: dict[str, Value] = {}
    never: dict[str, str] = {}
    for key in dict.fromkeys([one.key for statement in policy.statements for one in statement.conditions]):
        if key in given:
            continue
        often = presence(key, question.action)
        if often == "never":
            values[key] = Known.ABSENT
            never[key] = _never(key, question.action)
        elif key in said:
            value = said[key]
            values[key] = Known.ABSENT if value is None else (fill(value),)
        elif often == "always":
            values[key] = Known.PRESENT
    return Context({**values, **given}), never


def _decision(
    target: "Policy", question: Question, context: "Context", fill: "Callable[[str], str]"
) -> "tuple[Decision, str]":
    """The decision, and the resource that it is about."""
    from cosaudit.cam.decide import decide
    from cosaudit.cos import regions

    derived = question.derived
    if derived is None:
        resource = fill(question.resource)
        return decide(target, question.action, resource, context), resource
    key = derived.key if question.key is None else question.key

    def ask(region: str | None) -> "tuple[Decision, str]":
        text = fill(derived.resource(region, key))
        if key is not None:
            return decide(target, question.action, text, context), text
        return _any_key(target, question.action, text, context), f"{text}<any key>"

    if derived.bucket is None or derived.region is not None:
        return ask(derived.region)
    # an acceleration host names no region, and the bucket is in one of them
    places = [one for one in regions.ids() if one not in regions.legacy_ids()]
    answers = {place: ask(place)[0] for place in places}
    return _over_regions(answers), ask("<region>")[1]


def _any_key(policy: "Policy", action: str, start: str, context: "Context") -> "Decision":
    """The decision for a key that is not known: one that all keys have, or unknown. `start`: the resource before it."""
    from cosaudit.cam.condition import holds
    from cosaudit.cam.language import ResourceTemplate, allowed, decide_all
    from cosaudit.cam.pattern import Free, GaveUp, Work, search, template
    from cosaudit.cam.policy import Decision, shown

    _, _, service, region, account, path = start.split(":", 5)
    keys = (path, Free(None, 1))
    found = decide_all(policy, action, ResourceTemplate(service, region, account, keys), context)
    if found.decision in ("allow", "unknown"):
        return found
    # some key is refused; is there one that is not?
    plus, minus = allowed(policy, action, lambda statement: holds(statement.conditions, context))
    other = search([[template(f"{service}:{region}:{account}:", keys)], plus], minus, Work())
    if other is None:
        return found
    example = "" if isinstance(other, GaveUp) else f"; `{shown('qcs::' + other)}` may be allowed"
    return Decision("unknown", None, f"it depends on the key: {found.reason}{example}", found.fact)


def _over_regions(answers: "dict[str, Decision]") -> "Decision":
    """One decision for a region that is not known."""
    from cosaudit.cam.policy import Decision

    by_decision: dict[str, list[str]] = {}
    for place, one in answers.items():
        by_decision.setdefault(one.decision, []).append(place)
    first = next(iter(answers.values()))
    if len(by_decision) == 1:
        return first
    words = []
    for decision, places in sorted(by_decision.items(), key=lambda item: len(item[1])):
        words.append(f"{decision} in {', '.join(places[:3])}" if len(places) <= 3 else f"{decision} elsewhere")
    open_ = next((one for one in answers.values() if one.decision in ("allow", "unknown")), first)
    reason = f"the URL does not name the bucket's region, and the answer depends on it: {'; '.join(words)}"
    return Decision("unknown", open_.statement, reason, None, open_.conditions)


def _never(key: str, action: str) -> str:
    """Why a request of this action never carries a condition key."""
    from cosaudit.cos import conditions

    if conditions.key(key) is None:
        near = conditions.nearest(key)
        return f"no service sends {key}{f': is it {near}?' if near is not None else ''}"
    return f"{key} does not occur on {action.partition(':')[2]}"
