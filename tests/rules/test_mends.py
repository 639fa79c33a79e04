"""The mend of each finding, made on its own as it says: the finding is gone."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cosaudit.audit import audit
from cosaudit.cam import loads
from cosaudit.cam.language import compare
from cosaudit.config.load import load
from cosaudit.config.policy import load as load_policy
from cosaudit.config.reader import Reader
from cosaudit.cos import actions
from cosaudit.minimal import minimal
from cosaudit.run import Run

if TYPE_CHECKING:
    from cosaudit.cam.policy import Policy
    from cosaudit.model import Finding, Place

FOLDER = Path(__file__).parent
#: Rules whose mend takes out the element of a list that they point at, an action or a resource, or a statement.
ELEMENT = (
    "policy-adds-nothing",
    "policy-resource-dead",
    "policy-unknown-action",
    "session-bucket-rights",
    "session-bucket-settings",
    "session-bucket-settings-read",
    "session-cross-user-read",
    "session-cross-user-write",
    "session-future-actions",
    "session-lists-bucket",
    "session-object-rights",
    "session-other-bucket-read",
    "session-other-bucket-write",
    "session-other-keys-read",
    "session-other-keys-write",
    "session-other-services",
    "session-own-delete",
    "session-own-folder",
    "session-own-more",
    "session-shared-write",
)


def found(path: Path) -> tuple[Finding, ...]:
    """What the audit says of a configuration."""
    return audit(load(str(path)), load_policy("default", Reader())).findings


def written(case: Path, documents: list[tuple[str | None, Any]], path: Path) -> Path:
    """The case with other policies of its sessions, which then are all that is said of them."""
    head, _, rest = case.read_text("utf-8").partition("sessions:\n")
    behind = "".join(re.findall(r"(?m)^(?:uploads|downloads|placeholders|regions):.*\n(?:  .*\n)*", rest))
    sessions = "".join([f"  - {{name: {name}, policy: {json.dumps(one)}}}\n" for name, one in documents])
    path.write_text(f"{head}sessions:\n{sessions}{behind}", "utf-8")
    return path


def mended(policy: Policy, place: Place, smallest: Any) -> Any:
    """The document of a policy without the element at a place; None where a person could not do that.

    An element that stands alone goes with its statement; in the only statement it gives way to what the uploads need.
    """
    document = copy.deepcopy(policy.document)
    name = "statement" if "statement" in document else "Statement"
    rows = document[name] if isinstance(document[name], list) else [document[name]]
    for row, one in zip(rows, policy.statements, strict=True):
        for key, elements in (("action", one.actions), ("resource", one.resources)):
            for at, element in enumerate(elements):
                if element.place != place:
                    continue
                own = key if key in row else key.capitalize()
                if len(elements) > 1:
                    del row[own][at]
                elif len(rows) > 1:
                    document[name] = [other for other in rows if other is not row]
                else:
                    row[own] = sorted({text for other in smallest["statement"] for text in other[key]})
                    return document if row[own] else None
                return document
        if one.place == place and len(rows) > 1:
            document[name] = [other for other in rows if other is not row]
            return document
    return None


@pytest.mark.parametrize("rule", sorted(ELEMENT))
def test_the_mend_of_a_finding_ends_it(rule: str, tmp_path: Path) -> None:
    """Without the element or the statement that a finding points at, it is gone.

    A statement that adds nothing goes without a change of what is allowed.
    """
    made = 0
    for case in FOLDER.glob(f"{rule}/*.yaml"):
        inventory = load(str(case))
        run = Run(inventory)
        sessions = [one for one in inventory.sessions if one.policy is not None]
        if len(sessions) < len(inventory.sessions):
            continue
        before = found(written(case, [(one.name, one.policy.document) for one in sessions], tmp_path / "before.yaml"))
        for one in found(case):
            session = next((other for other in sessions if other.name == one.subject.get("session")), None)
            if one.rule != rule or session is None or one.gate != "session":
                continue
            document = mended(session.policy, one.place, minimal(run, session, {}, with_conditions=False).document)
            if document is None:
                continue
            documents = [(other.name, document if other is session else other.policy.document) for other in sessions]
            after = found(written(case, documents, tmp_path / "after.yaml"))
            key = one.rule, one.identity
            assert key in names(before), case
            assert names(before) - names(after) >= {key}, case
            made += 1
            if rule == "policy-adds-nothing":
                parsed = [loads(json.dumps(text)) for text in (session.policy.document, document)]
                answer = compare(*parsed, actions.known())
                assert answer.a_within_b and answer.b_within_a, case
    assert made, "no case could be mended: a test over nothing proves nothing"


def names(found: tuple[Finding, ...]) -> set[tuple[str, str]]:
    """Each finding by its rule and identity, which no line number changes."""
    return {(one.rule, one.identity) for one in found}
