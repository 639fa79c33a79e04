"""What `policy simulate` and `policy diff` found, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cosaudit.report.plain import Paint, bullets, quoted, safe, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from cosaudit.cam.language import Comparison
    from cosaudit.cam.policy import Decision
    from cosaudit.model import Place


class Answer(NamedTuple):
    """What a policy says of a request. All text is raw.

    `place`: of the statement that decides. `spot`: of the condition or resource in it that says most. `settle`: flags
    that would settle an unknown.
    """

    decision: Decision
    action: str
    resource: str
    place: Place | None
    spot: Place | None
    settle: tuple[str, ...]
    notes: tuple[str, ...]


_STYLES = {"allow": "green", "deny": "red", "implicit-deny": "red", "unknown": "yellow"}
#: Notes and flags that are printed at most; JSON has them all.
_MOST = 8


def simulation_json(answer: Answer) -> str:
    """The JSON of `policy simulate`, in the shape of the contract and more."""
    from cosaudit.report.json_ import dump

    decision = answer.decision
    return dump(
        {
            "version": 1,
            "decision": decision.decision,
            "statement": decision.statement,
            "reason": decision.reason,
            "action": answer.action,
            "resource": answer.resource,
            "place": None if answer.place is None else answer.place._asdict(),
            "fact": decision.fact,
            "settle": list(answer.settle),
            "notes": list(answer.notes),
        }
    )


def simulation(answer: Answer, lines: Callable[[str, int], str], width: int, paint: Paint) -> str:
    """The text of `policy simulate`.

    Args:
        answer: what the policy says.
        lines: finds the text of a line, for the frame.
        width: columns; what is to be copied is not broken.
        paint: colours or none.
    """
    from cosaudit.report.text import frame

    decision = answer.decision
    at = "" if answer.place is None else f" {safe(str(answer.place))}"
    verdict, more = {
        "allow": ("ALLOWED", f" by{at}"),
        "deny": ("DENIED", f" by{at}"),
        "implicit-deny": ("DENIED", ": no statement allows it"),
        "unknown": ("UNKNOWN", f": it depends on{at}" if at else ": it depends on what is not known"),
    }[decision.decision]
    out = [paint(verdict, "bold", _STYLES[decision.decision]) + more]
    if answer.spot is not None:
        out += frame(answer.spot, lines, width)
    out += [f"  action    {safe(answer.action)}", f"  resource  {safe(answer.resource)}"]
    out += wrap(safe(decision.reason), width, "  why       ", "            ")
    if decision.fact is not None:
        out.append(f"  fact      {decision.fact}")
    if answer.settle:
        out.append("Say more, and it is settled:")
        out += bullets([safe(text) for text in answer.settle], width, _MOST)
    if answer.notes:
        out.append("Mind:")
        out += bullets([safe(text) for text in answer.notes], width, _MOST)
    return "\n".join(out) + "\n"


def difference_json(comparison: Comparison, notes: tuple[str, ...]) -> str:
    """The JSON of `policy diff`, in the shape of the contract and with what the answer leaves aside."""
    from cosaudit.report.json_ import dump

    shown: dict[str, Any] = {
        "version": 1,
        "a_within_b": _word(comparison.a_within_b),
        "b_within_a": _word(comparison.b_within_a),
        "only_a": _witness(comparison.only_a),
        "only_b": _witness(comparison.only_b),
        "notes": list(notes),
    }
    if None in (comparison.a_within_b, comparison.b_within_a):
        shown["reason"] = comparison.reason
    return dump(shown)


def _word(answer: bool | None) -> bool | str:
    return "unknown" if answer is None else answer


def _witness(found: tuple[str, str] | None) -> dict[str, str] | None:
    return None if found is None else {"action": found[0], "resource": found[1]}


def difference(comparison: Comparison, notes: tuple[str, ...], a: str, b: str, width: int, paint: Paint) -> str:
    """The text of `policy diff`.

    Args:
        comparison: what was found.
        notes: what the answer leaves aside.
        a: the first policy's file as it was given, or `-`.
        b: the second one's.
        width: columns; what is to be copied is not broken.
        paint: colours or none.
    """
    first, second = comparison.a_within_b, comparison.b_within_a
    text, style = {
        (True, True): ("A and B allow exactly the same", "green"),
        (True, False): ("B allows more than A", "yellow"),
        (False, True): ("A allows more than B", "yellow"),
        (False, False): ("each of A and B allows what the other does not", "yellow"),
        (True, None): ("B allows all that A does; whether it allows more is unknown", "yellow"),
        (None, True): ("A allows all that B does; whether it allows more is unknown", "yellow"),
        (False, None): ("A allows what B does not; the other way round is unknown", "yellow"),
        (None, False): ("B allows what A does not; the other way round is unknown", "yellow"),
        (None, None): ("UNKNOWN whether A and B allow the same", "yellow"),
    }[first, second]
    out = [paint(text, "bold", style)]
    out += [f"  {name}  {'standard input' if file == '-' else safe(file)}" for name, file in (("A", a), ("B", b))]
    for file, name, found in ((a, "A", comparison.only_a), (b, "B", comparison.only_b)):
        if found is None:
            continue
        action, resource = found
        out += ["", f"Only {name} allows, for example:", f"  action    {safe(action)}", f"  resource  {safe(resource)}"]
        name = f"./{file}" if file.startswith("-") and file != "-" else file
        out.append(f"  again     cosaudit policy simulate {quoted(name)}")
        out[-1] += f" --action {quoted(action)} --resource {quoted(resource)}"
    if None in (first, second) and comparison.reason:
        out += ["", *wrap(f"Unknown: {safe(comparison.reason)}", width, "", "  ")]
    if notes:
        out += ["", "Mind:", *bullets([safe(text) for text in notes], width, _MOST)]
    return "\n".join(out) + "\n"
