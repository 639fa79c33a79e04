"""`cosaudit policy lint`: a policy read closely, without any configuration."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from cosaudit.cli import policy_source, streams

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy
    from cosaudit.model import Finding
    from cosaudit.run import AuditPolicy, Unknown


class Format(Enum):
    """How to print it."""

    text = "text"
    json = "json"


class Kind(Enum):
    """What the policy is for."""

    session = "session"
    user = "user"
    bucket = "bucket"


def command(
    policy: policy_source.Policy,
    kind: Annotated[
        Kind | None,
        typer.Option(
            "--as",
            help="What it is for; without it a bucket policy when a principal other than `*` stands in it, else a "
            "session policy.",
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print it.")] = Format.text,
) -> int:
    """Read a policy closely: what its holder can do, what is too wide, what is misspelt and grants nothing.

    Example: cosaudit policy lint sts-policy.json
    """
    from cosaudit.config import policy as policies
    from cosaudit.config.reader import Reader
    from cosaudit.model import SEVERITIES

    reader = Reader()
    read = policy_source.read(policy, reader)
    reader.stop_if_wrong()
    assert read is not None  # what could not be read has been told
    audit_policy = policies.load("default", reader)
    findings, unknowns = _judged(read, policy, kind or _kind(read), audit_policy)
    threshold = SEVERITIES.index(audit_policy.fail_on)
    code = 1 if any(SEVERITIES.index(one.severity) <= threshold for one in findings) else 0
    yours = any(one.describe is not None for one in unknowns)
    nobodys = any(one.describe is None for one in unknowns)
    if not code and ((yours and audit_policy.unknown == "fail") or (nobodys and audit_policy.unknown_fact == "fail")):
        code = 3
    if format is Format.json:
        from cosaudit.report import json_

        streams.out(json_.lint(findings, unknowns))
        return code
    from cosaudit.excess.abilities import abilities
    from cosaudit.excess.dead import alive
    from cosaudit.report import lint

    sources = reader.sources

    def line(file: str, number: int) -> str:
        return sources[file].line(number) if file in sources else ""

    streams.out(
        lint.render(abilities(alive(read, (), {})), findings, unknowns, line, streams.width(), streams.paint(), code)
    )
    return code


def _kind(policy: "Policy") -> Kind:
    named = [one for row in policy.statements for one in row.principals or ()]
    return Kind.bucket if any(one != "*" for one in named) else Kind.session


def _judged(
    policy: "Policy", name: str, kind: Kind, by: "AuditPolicy"
) -> "tuple[tuple[Finding, ...], tuple[Unknown, ...]]":
    """The findings of all rules that can judge a policy alone, and what they could not tell."""
    from cosaudit import rules
    from cosaudit.config.alone import alone, alone_bucket
    from cosaudit.run import Run

    made = alone_bucket if kind is Kind.bucket else alone
    run = Run(made(policy, "standard input" if name == "-" else name))
    found = rules.check(run, by)
    if kind is not Kind.user:
        if kind is Kind.session:  # what a key can do is told in full; the rule on people's policies would repeat it
            found = tuple([one for one in found if one.rule != "policy-escalation"])
        return found, rules.unknowns(run)
    # rules on sessions ask what a client should have: not the question about a user
    return tuple([one for one in found if one.rule.startswith("policy-") and one.rule != "policy-principal"]), ()
