"""Audit policies: YAML files that say what fails a run; shipped in `policies/`, validated like configurations."""

from __future__ import annotations

import os
from typing import Any

from cosaudit.config.fields import Choice, Field, Int, Mapped, Record, Text, short
from cosaudit.config.reader import Problem, Reader
from cosaudit.model import Place, Severity
from cosaudit.run import AuditPolicy

_SEVERITIES = Choice(*[severity.value for severity in Severity])
_ANSWERS = Choice("fail", "report")

POLICY = Record(
    "the audit policy",
    (
        Field("version", Int(1, 1, what="the version of this format"), "1", required=True),
        Field("title", Text("a title"), "what it is for"),
        Field("fail_on", _SEVERITIES, "findings of this severity or worse give exit code 1", required=True),
        Field("unknown", _ANSWERS, "an unknown that a field of the configuration would settle", required=True),
        Field("unknown_fact", _ANSWERS, "an unknown that rests on a fact nobody knows", required=True),
        Field("not_described", _ANSWERS, "a gate that the configuration does not describe", required=True),
        Field("severity", Mapped(_SEVERITIES, name="a rule's id", ignore=True), "rule → severity"),
    ),
)


def folder() -> str:
    """Where the shipped policies are: inside the package of a wheel, beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(__file__))
    inside = os.path.join(package, "policies")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "policies")


def shipped() -> tuple[str, ...]:
    """The names of the shipped policies."""
    return tuple(sorted(entry[:-5] for entry in os.listdir(folder()) if entry.endswith(".yaml")))


def load(name: str, reader: Reader, *, named_by: Place | None = None) -> AuditPolicy:
    """Read an audit policy.

    Args:
        name: a shipped policy's name, or the path of a file (with a `/` or ending in .yaml or .yml).
        reader: where the problems and sources go.
        named_by: where the name stands, for the error about an unknown name.

    Raises:
        InputError: with every problem of the policy.
    """
    if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
        path = name
        if named_by is not None:
            path = os.path.normpath(os.path.join(os.path.dirname(named_by.file), name))
    else:
        path = os.path.join(folder(), f"{name}.yaml")
        if not os.path.isfile(path):
            from cosaudit.config.reader import nearest_word

            names = shipped()
            reader.add(
                Problem(
                    named_by or Place("--policy", 1, 1),
                    f"there is no audit policy {short(name)}",
                    "one of " + ", ".join(f"`{one}`" for one in names) + ", or the path of a file",
                    nearest_word(name, names),
                )
            )
            reader.stop_if_wrong()
    source = reader.open(path)
    if source is None and named_by is not None:  # where a person mends it, not where nothing is
        wrong = reader.problems.pop()
        reader.problems.append(wrong._replace(place=named_by, message=f"{short(path)}: {wrong.message}"))
    reader.stop_if_wrong()
    assert source is not None
    root = reader.compose(source)
    reader.stop_if_wrong()
    assert root is not None
    reader.source = source
    values: dict[str, Any] | None = POLICY.decode(root, reader)
    severity = root.get("severity")
    if values is not None and severity is not None and values.get("severity"):
        from cosaudit.rules import rules

        known = tuple(rules())
        for key, _ in severity.pairs():
            if key.value not in known and not key.value.startswith("x-"):
                reader.problem(key, f"there is no rule {short(key.value)}", "the id of a rule", near=(key.value, known))
    reader.stop_if_wrong()
    assert values is not None
    return AuditPolicy(
        name=os.path.splitext(os.path.basename(path))[0] if path != name else name,
        title=values.get("title", ""),
        fail_on=Severity(values["fail_on"]),
        unknown=values["unknown"],
        unknown_fact=values["unknown_fact"],
        not_described=values["not_described"],
        severity={rule: Severity(word) for rule, word in (values.get("severity") or {}).items()},
    )
