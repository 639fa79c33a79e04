"""Rules on temporary keys: what cases cannot say, being about whole findings, mends, or several files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cosaudit.audit import audit
from cosaudit.cam import Context, Known, decide, loads
from cosaudit.config.load import load
from cosaudit.config.policy import load as load_policy
from cosaudit.config.reader import Reader
from cosaudit.cos import conditions
from cosaudit.minimal import minimal
from cosaudit.run import Run

if TYPE_CHECKING:
    from cosaudit.model import Finding, Session

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("session-*/*.yaml"))
WITH_UPLOADS = [case for case in CASES if "session: " in case.read_text("utf-8")]
assert WITH_UPLOADS, "no cases found: a test over nothing proves nothing"

#: What a key does beyond need; the other rules on sessions are about requests that fail, or about the configuration.
BEYOND = re.compile(r"session-(cross|other|own|beside|lists|object|bucket|future)")
MEDIA = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/"
UPLOAD = "client: shop, bucket: media-1250000000, operation: postObject"
HEAD = f"""buckets: [{{name: media-1250000000, region: ap-guangzhou}}]
clients: [{{name: shop, platform: wechat-miniprogram}}]
uploads:
  - {{name: avatar, {UPLOAD}, key: "avatars/{{openid}}/{{file}}", session: user-key}}
  - {{name: photo, {UPLOAD}, key: "photos/{{openid}}/{{file}}", session: guest-key}}
sessions:
"""


def found(path: Path) -> tuple[Finding, ...]:
    """What the audit says of a configuration."""
    return audit(load(str(path)), load_policy("default", Reader())).findings


def policy(*resources: str, action: str = "name/cos:PostObject") -> str:
    """A policy as JSON, one element a line."""
    statement = [{"effect": "allow", "action": action, "resource": list(resources)}]
    return json.dumps({"version": "2.0", "statement": statement}, indent=1)


def session_of(one: Finding, run: Run) -> Session:
    """The session that a finding names."""
    return next(session for session in run.inventory.sessions if session.name == one.subject["session"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_what_a_finding_shows_is_allowed(case: Path) -> None:
    """The engine, asked about the witness with the policy made for the user that it names, never says no."""
    run = Run(load(str(case)))
    for one in found(case):
        if not BEYOND.match(one.rule):
            continue
        shown = one.witness
        assert shown is not None and shown["action"] is not None and shown["resource"] is not None
        values = dict(pair.split("=") for pair in (shown.get("holder") or "").split(", ") if pair)
        written = json.dumps(session_of(one, run).policy.document)
        made = re.sub(r"\$?\{(\w+)\}", lambda name, some=values: some.get(name[1], "a"), written)
        sent = Context(dict.fromkeys(conditions.keys(), Known.UNKNOWN), Known.ABSENT)
        decision = decide(loads(made), shown["action"], shown["resource"], sent)
        assert decision.decision in ("allow", "unknown"), decision.reason
        assert (decision.decision == "allow") or decision.conditions, "only a condition leaves it open"


@pytest.mark.parametrize("case", sorted(FOLDER.glob("session-cross-user-*/*.yaml")), ids=lambda case: case.stem)
def test_two_different_users_are_named_as_their_placeholder_has_them(case: Path) -> None:
    """Both values fit the declared alphabet and length, and the key that is reached holds the other user's."""
    placeholders = load(str(case)).placeholders
    for one in found(case):
        if one.rule != case.parent.name:
            continue
        assert one.witness is not None
        users = (str(one.witness["user"]), str(one.witness["other_user"]))
        openid = placeholders["openid"]
        assert users[0] != users[1] and users[1] in str(one.witness["key"])
        for user in users:
            assert len(user) >= openid.least and (openid.most is None or len(user) <= openid.most)


@pytest.mark.parametrize("case", WITH_UPLOADS, ids=lambda case: f"{case.parent.name}/{case.stem}")
def test_with_the_smallest_policy_nothing_is_beyond_need_and_nothing_is_refused(case: Path, tmp_path: Path) -> None:
    """The mend that findings name is one: each key gets what `policy minimal` prints for it, and they are gone."""
    run = Run(load(str(case)))
    text = case.read_text("utf-8")
    head, _, rest = text.partition("sessions:\n")
    behind = "".join(re.findall(r"(?m)^(?:uploads|downloads|placeholders|regions):.*\n(?:  .*\n)*", rest))
    sessions = ""
    for session in run.inventory.sessions:
        document = minimal(run, session, {}, with_conditions=True).document
        sessions += f"  - {{name: {session.name}, policy: {json.dumps(document)}}}\n"
    path = tmp_path / "config.yaml"
    path.write_text(f"{head}sessions:\n{sessions}{behind}", "utf-8")
    refused = re.compile(r"session-(missing|denied|condition)")
    left = [one.message for one in found(path) if BEYOND.match(one.rule) or refused.match(one.rule)]
    assert left == []


def test_a_finding_stands_in_the_file_of_the_policy(tmp_path: Path) -> None:
    """A policy in a file of its own is mended there: line and column are those of the resource in it."""
    (tmp_path / "user.json").write_text(policy(f"{MEDIA}avatars/{{openid}}*"), "utf-8")
    (tmp_path / "config.yaml").write_text(
        HEAD + "  - {name: user-key, policy: user.json}\n  - {name: guest-key, policy: "
        f'{{version: "2.0", statement: {{effect: allow, action: cos:PostObject, '
        f"resource: '{MEDIA}photos/{{openid}}/*'}}}}}}\n",
        "utf-8",
    )
    (one,) = found(tmp_path / "config.yaml")
    assert one.rule == "session-cross-user-write"
    assert one.place.file.endswith("user.json") and (one.place.line, one.place.column) == (8, 5)
    assert one.subject["session"] == "user-key"


def test_one_file_of_two_keys_is_judged_for_each_and_its_form_told_once(tmp_path: Path) -> None:
    """What a key lets through beyond need hangs on its uploads; how a policy is written does not."""
    written = policy(f"{MEDIA}avatars/{{openid}}/*", f"{MEDIA}photos/{{openid}}/*").replace("2.0", "1.0")
    (tmp_path / "shared.json").write_text(written, "utf-8")
    (tmp_path / "config.yaml").write_text(
        HEAD + "  - {name: user-key, policy: shared.json}\n  - {name: guest-key, policy: shared.json}\n", "utf-8"
    )
    told = [(one.rule, one.subject["session"], one.place.line) for one in found(tmp_path / "config.yaml")]
    assert sorted(told) == [
        ("policy-version", "user-key", 2),
        ("session-other-keys-write", "guest-key", 8),
        ("session-other-keys-write", "user-key", 9),
    ]


def test_a_refused_upload_names_its_flows_the_size_and_what_the_phone_shows(tmp_path: Path) -> None:
    """Small and large files of one upload are one finding of the key, with each action that is lacking."""
    (tmp_path / "config.yaml").write_text(
        "buckets: [{name: media-1250000000, region: ap-guangzhou}]\n"
        "clients: [{name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}]\n"
        "uploads: [{name: avatar, client: shop, bucket: media-1250000000, operation: uploadFile, "
        'key: "a/{openid}/{file}", session: user-key}]\n'
        f"sessions: [{{name: user-key, policy: {policy(MEDIA + 'a/{openid}/*', action='name/cos:PutObject')}}}]\n",
        "utf-8",
    )
    (one,) = found(tmp_path / "config.yaml")
    assert one.rule == "session-missing-action" and one.gate == "session"
    assert "PostObject (up to 1 MiB)" in one.message and "UploadPart" in one.message
    assert {flow for flow, _ in one.affects} == {"avatar"} and len(one.affects) >= 2
    assert one.phone and "AccessDenied" in one.phone[0][0]


def test_a_rule_on_policies_says_whose_policy_it_means(tmp_path: Path) -> None:
    """The same slip in the key's policy and in its issuer's: two findings, each with its own gate."""
    for name in ("key.json", "issuer.json"):
        (tmp_path / name).write_text(policy(f"{MEDIA}avatars/*", action="name/cos:postObject"), "utf-8")
    issuer = '{kind: sub-account, appid: "1250000000", policy: issuer.json}'
    (tmp_path / "config.yaml").write_text(
        HEAD.replace("session: guest-key", "session: user-key")
        + f"  - {{name: user-key, policy: key.json, issuer: {issuer}}}\n",
        "utf-8",
    )
    told = [one for one in found(tmp_path / "config.yaml") if one.rule == "policy-unknown-action"]
    gates = [(one.gate, Path(one.place.file).name) for one in told]
    assert gates == [("issuer", "issuer.json"), ("session", "key.json")]
    assert len({one.identity for one in told}) == 2


@pytest.mark.parametrize(
    ("size", "operation", "said"),
    [("2MiB", "putObject", True), ("900MiB", "putObject", False), ("2MiB", "sliceUploadFile", False)],
)
def test_a_long_life_is_compared_with_what_the_uploads_need(
    tmp_path: Path, size: str, operation: str, said: bool
) -> None:
    """Small uploads of one request need minutes; of others nobody knows."""
    (tmp_path / "key.json").write_text(policy(f"{MEDIA}avatars/{{openid}}/*", action="name/cos:*"), "utf-8")
    head = re.sub("session: [a-z-]+}", f"max_size: {size}, session: user-key}}", HEAD)
    head = re.sub("operation: [A-Za-z]+", f"operation: {operation}", head)
    head = head.replace("platform: wechat-miniprogram", "platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0")
    (tmp_path / "config.yaml").write_text(head + "  - {name: user-key, policy: key.json, duration: 7200}\n", "utf-8")
    (one,) = [one for one in found(tmp_path / "config.yaml") if one.rule == "session-duration-long"]
    assert ("minutes are enough: each upload is one request of at most 2 MiB" in one.message) is said


@pytest.mark.parametrize(("declared", "long"), [("", True), ("placeholders: {openid: {length: 4}}\n", False)])
def test_the_length_of_a_policy_counts_the_users_in_it(tmp_path: Path, declared: str, long: bool) -> None:
    """It is the policy that is sent which must not be too long; by far the most of it may be the user's name."""
    resources = json.dumps([f"{MEDIA}a/{{openid}}/{number}" for number in range(70)])
    document = f'{{"version":"2.0","statement":[{{"effect":"allow","action":"cos:GetObject","resource":{resources}}}]}}'
    assert len(document.replace(" ", "")) < 6144
    (tmp_path / "key.json").write_text(document, "utf-8")
    head = HEAD.replace("session: guest-key", "session: user-key")
    (tmp_path / "config.yaml").write_text(declared + head + "  - {name: user-key, policy: key.json}\n", "utf-8")
    told = [one for one in found(tmp_path / "config.yaml") if one.rule == "policy-too-long"]
    assert bool(told) is long
    assert all("with `{openid}` filled in; CAM takes 6144. Encoded as in a URL" in one.message for one in told)
