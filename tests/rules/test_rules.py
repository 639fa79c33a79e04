"""Each rule has cases that read as an explanation: `# finds: RULE` stands on each line where a rule must fire."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cosaudit.audit import audit
from cosaudit.config.load import load
from cosaudit.config.policy import load as load_policy
from cosaudit.config.reader import Reader
from cosaudit.rules import rules

if TYPE_CHECKING:
    from cosaudit.model import Finding

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*/*.yaml"))
RULES = sorted(rules())
assert CASES, "no cases found: a test over nothing proves nothing"
assert RULES, "no rules found: a test over nothing proves nothing"


@cache  # several tests ask
def findings(case: Path) -> tuple[Finding, ...]:
    """What the audit says of a case."""
    return audit(load(str(case)), load_policy("default", Reader())).findings


def wanted(case: Path) -> Counter[tuple[int, str]]:
    """(line, rule) of each `# finds: RULE, RULE` of a case."""
    found: Counter[tuple[int, str]] = Counter()
    for number, line in enumerate(case.read_text("utf-8").splitlines(), 1):
        for names in re.findall(r"# finds: ([\w-]+(?:, [\w-]+)*)", line):
            found.update((number, rule) for rule in names.split(", "))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_finds_what_the_comments_say_and_nothing_else(case: Path) -> None:
    """A rule fires on the marked lines, once for each mark, and on no other line."""
    assert Counter((one.place.line, one.rule) for one in findings(case)) == wanted(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_case_stands_in_the_folder_of_the_rule_that_it_is_about(case: Path) -> None:
    """A near miss has no mark for its rule; every other case has one; every mark names a rule that exists."""
    named = {rule for _, rule in wanted(case)}
    assert case.parent.name in RULES
    assert named <= set(RULES)
    assert (case.parent.name in named) is not case.stem.startswith("near-")


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_case_that_fires_and_a_near_miss(rule: str) -> None:
    """A rule without both is not tested."""
    stems = [case.stem for case in CASES if case.parent.name == rule]
    assert [stem for stem in stems if not stem.startswith("near-")], "no firing case"
    assert [stem for stem in stems if stem.startswith("near-")], "no near miss"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_a_finding_has_all_that_a_report_needs(case: Path) -> None:
    """Every finding says what is wrong, where, what to do, what it rests on, and carries the gate of its rule."""
    for one in findings(case):
        rule = rules()[one.rule]
        assert one.message and one.fix and one.title == rule.title
        # a rule on policies says which one it means: the key's own, that of who issues it, or the bucket's
        assert one.gate == rule.gate or (rule.id.startswith("policy-") and one.gate in ("issuer", "bucket"))
        assert one.place.file == str(case) and one.place.line >= 1 and one.place.column >= 1
        assert {"client", "bucket", "flow"} <= set(one.subject) <= {"client", "bucket", "flow", "session"}
        assert one.confidence in ("certain", "firm", "tentative")


def test_a_fingerprint_stays_when_lines_move(tmp_path: Path) -> None:
    """What names a finding does not depend on where it stands in the file."""
    from cosaudit.report.json_ import fingerprint

    firing = [case for case in CASES if not case.stem.startswith("near-")]
    for case in firing:
        moved = tmp_path / case.name
        moved.write_text("# one\n# two\n" + case.read_text("utf-8"), "utf-8")
        before = sorted(fingerprint(one) for one in findings(case))
        after = sorted(fingerprint(one) for one in audit(load(str(moved)), load_policy("default", Reader())).findings)
        assert before == after
        assert len(set(before)) == len(before), f"{case}: two findings with one fingerprint"
