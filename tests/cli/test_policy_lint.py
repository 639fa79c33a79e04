"""`cosaudit policy lint`: what a key can and cannot do, in six lines, then the findings."""

from __future__ import annotations

import json
import unicodedata
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from excess.made import ROOT, allow, deny, policy
from support import call

CORPUS = Path(__file__).parents[1] / "corpus" / "policies"
FILES = sorted(path.stem for path in CORPUS.glob("*.json"))
assert FILES, "no policies found: a test over nothing proves nothing"
#: What a finding has (see the contract of `check`).
FIELDS = {
    "rule",
    "severity",
    "confidence",
    "title",
    "message",
    "gate",
    "location",
    "subject",
    "affects",
    "witness",
    "fix",
    "docs",
    "fingerprint",
}


def linted(given: Any, *arguments: str) -> tuple[int, str]:
    """Exit code and text for a policy from standard input."""
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    code, out, err = call("policy", "lint", "-", *arguments, stdin=text)
    assert err == ""
    return code, out


def found(given: Any, *arguments: str) -> list[dict[str, Any]]:
    """The findings."""
    rows: list[dict[str, Any]] = json.loads(linted(given, *arguments, "--format", "json")[1])["findings"]
    return rows


def opening(given: Any) -> list[str]:
    """The lines before the first empty one."""
    return linted(given)[1].partition("\n\n")[0].splitlines()


def columns(line: str) -> int:
    """Cells of a terminal: a Chinese character has two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def test_the_opening_that_the_vendors_bad_sample_gets() -> None:
    """Everything that a back-end developer must know about it, in six lines."""
    assert opening(policy(allow("PutObject", "avatars/*"))) == [
        "This key can     overwrite every object under avatars/ of media-1250000000",
        "                 (no user in that path: every user's files)",
        "This key cannot  delete, read, list, change rights, change settings, reach",
        "                 another bucket",
        "A phone gets 403 from wx.uploadFile and cos.postObject   (no PostObject)",
        "                 for files over SliceSize, 1 MiB unless set   (no multipart)",
    ]


@pytest.mark.parametrize("name", FILES)
def test_the_opening_has_six_lines_at_most_within_80_columns(name: str) -> None:
    """For every policy of the corpus that can be read."""
    path = str(CORPUS / f"{name}.json")
    code, out, err = call("policy", "lint", path)
    if code == 2:
        assert name == "sts-python-no-actions" and out == "" and err.startswith(path)
        return
    lines = out.partition("\n\n")[0].splitlines()
    assert 2 <= len(lines) <= 6
    assert max(map(columns, lines)) <= 80
    assert lines[0].startswith("This key can     ")
    assert any(line.startswith("This key cannot  ") for line in lines) or "change settings of" in " ".join(out.split())
    assert out.splitlines()[-1].endswith(f"; exit {code}")


@pytest.mark.parametrize(
    ("statements", "can", "cannot"),
    [
        ([allow("GetObject", "up/*")], "read every object under up/ of media-1250000000", "overwrite, delete, list"),
        ([allow("PutObject", "up/a.jpg")], "overwrite the object up/a.jpg of media-1250000000", "delete, read"),
        ([allow("*", "*")], "overwrite, delete, read, list, change rights of and change", ""),
        ([allow("cos:*", f"{ROOT}*")], "every object of media-1250000000", "another bucket"),
        (
            [allow("DeleteObject", "qcs::cos:ap-guangzhou:uid/1250000000:*")],
            "delete every object of every bucket",
            "read",
        ),
        ([allow("GetBucket", f"{ROOT}*")], "list", "overwrite, delete, read"),
        ([deny("*", "*")], "do nothing", "overwrite"),
        ([allow("PutObject", f"{ROOT}*"), deny("PutObject", "*")], "do nothing", "overwrite"),
        ([allow("GetObject", "qcs::cos:x")], "do nothing", "read"),
        ([allow("PutBucketPolicy", "up/*")], "do nothing", "overwrite, delete, read, list, change rights"),
        ([allow("PutBucketCORS", "up/*")], "do nothing", "change settings"),
        ([allow("PutBucketCORS", f"{ROOT}*")], "change settings of", "overwrite, delete"),
        ([allow("PutBucketPolicy", ROOT)], "change rights of the bucket media-1250000000", "change settings"),
        ([allow("PutBucketPolicy", "{openid}/")], "do nothing", "change rights"),
        ([allow("GetService", "*")], "list the buckets of the account", "overwrite, delete, read, change rights"),
        ([allow("GetService GetBucket", "*")], "list every object of every bucket", "overwrite, delete, read"),
        ([allow("PutObject", f"{ROOT.replace('uid/', 'uin/')}up/*")], "do nothing", "overwrite"),
        ([allow("PutObject", f"{ROOT.replace('-1250000000/', '/')}up/*")], "do nothing", "overwrite"),
        ([allow("DeleteMultipleObjects", "up/*")], "do nothing", "overwrite, delete"),
    ],
)
def test_can_and_cannot(statements: list[dict[str, Any]], can: str, cannot: str) -> None:
    """By capability and place; what is denied or matches nothing is not promised."""
    lines = opening(policy(*statements))
    text = " ".join(" ".join(lines).split())
    before, _, behind = text.partition("This key cannot")
    assert can in before, text
    assert cannot in behind, text
    assert len(lines) <= 6


@pytest.mark.parametrize("actions", ["InitiateMultipartUpload UploadPart CompleteMultipartUpload", "PutObject"])
def test_what_a_phone_cannot_upload_is_said(actions: str) -> None:
    """Neither form nor PUT: no small file goes up; without the listing of parts no large one."""
    lines = opening(policy(allow(actions, "up/*")))
    small = "for files up to SliceSize   (neither PostObject nor PutObject)"
    assert (f"A phone gets 403 {small}" in lines) is actions.startswith("Initiate")
    assert lines[-1] == "                 for files over SliceSize, 1 MiB unless set   (no multipart)"


def test_a_feature_set_is_neither_can_nor_cannot() -> None:
    """What it holds is written nowhere, so nothing that it may hold is said to be out of reach."""
    opaque = {**allow("*", "*"), "action": ["permid/1"]}
    text = " ".join(opening(policy(opaque)))
    assert "do what permid/1 holds, which is written nowhere" in text and "cannot" not in text
    code, out = linted(policy(opaque))
    assert "unknown" in out and "1 unknown; exit 0" in out and code == 0
    given = {**opaque, "resource": [f"{ROOT}*"]}
    lines = opening(policy(given, allow("PutObject", "up/*"), deny("cos:Delete*", "*")))
    assert "This key cannot  delete, reach another bucket" in lines
    _, out = linted(policy(given), "--format", "json")
    assert [one["settle"] for one in json.loads(out)["unknown"]] == [{"fact": "cam.actions.feature-set"}]


def test_an_action_of_which_pages_disagree_is_told_as_that() -> None:
    """The header and the finding agree that it is a maybe."""
    lines = opening(policy(allow("UploadPartCopy", f"{ROOT}*")))
    assert "                 (if COS asks for UploadPartCopy: pages disagree)" in lines
    _, out = linted(policy(allow("UploadPartCopy", f"{ROOT}*")), "--format", "json")
    told = {(one["rule"], one["confidence"]) for one in json.loads(out)["findings"]}
    assert ("session-other-keys-write", "tentative") in told
    sure = opening(policy(allow("PutObject UploadPartCopy", f"{ROOT}*")))
    assert "disagree" not in " ".join(sure)


def test_a_policy_that_is_too_hard_is_undecided() -> None:
    """The work is bounded; what was given up is named, and the exit code is that of something unknown."""
    letters = "ABCDEFGHIJKL"
    orders = [f"up/*{second}*{first}*" for first, second in combinations(letters, 2)]
    given = policy(allow("PutBucketCORS DeleteObject", f"*{'*'.join(letters)}*"), deny("DeleteObject", *orders))
    code, out = linted(given, "--format", "json")
    assert code == 3 and [one["settle"] for one in json.loads(out)["unknown"]] == [{"describe": "statement[0]"}]


def test_many_folders_are_cut_to_six_lines() -> None:
    """What there is no room for is counted."""
    lines = opening(
        policy(
            *[
                allow(name, f"{'folder' * 12}-{number}/*")
                for number, name in enumerate(
                    ["PutObject", "GetObject", "DeleteObject", "GetBucket", "PutObjectACL", "PutObjectTagging"]
                )
            ]
        )
    )
    assert len(lines) <= 6
    assert max(map(columns, lines)) <= 80
    assert any("more" in line for line in lines)


def test_a_folder_with_a_user_is_not_called_everybodys() -> None:
    """A placeholder in the path says whose files these are."""
    assert "every user's files" not in " ".join(opening(policy(allow("PutObject", "up/{openid}/*"))))
    assert "every user's files" in " ".join(opening(policy(allow("PutObject", "up/*"))))


# -- exit codes and JSON -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("PutObject", "up/{openid}/*")], 0),
        ([allow("PutObject", f"{ROOT}*")], 1),
        ([allow("*", "*")], 1),
        ([allow("PutBucketPolicy", f"{ROOT}*")], 1),
        ([allow("GetObject", "up/*", numeric_less_than={"cos:content_length": 1})], 1),
        ([{**allow("PutObject", "up/a"), "principal": {"qcs": ["*"]}}], 0),
    ],
)
def test_exit_codes(statements: list[dict[str, Any]], expected: int) -> None:
    """1 for a finding of medium or worse, else 0; the text says the same number."""
    code, out = linted(policy(*statements))
    assert code == expected == linted(policy(*statements), "--format", "json")[0]
    assert out.endswith(f"exit {code}\n")
    worst = {one["severity"] for one in found(policy(*statements))}
    assert bool(worst & {"critical", "high", "medium"}) is (expected == 1)


def test_the_json_has_the_shape_of_checks_findings() -> None:
    """Every field, places counted from 1, and no configuration's subject."""
    rows = found(policy(allow("*", "*", StringLike={"cos:x": "1"})))
    assert rows
    for one in rows:
        assert set(one) >= FIELDS
        assert one["severity"] in ("critical", "high", "medium", "low", "info")
        assert one["location"]["file"] == "-" and one["location"]["line"] >= 1 and one["location"]["column"] >= 1
        assert not one["witness"] or all(value is None or isinstance(value, str) for value in one["witness"].values())
    assert len({one["fingerprint"] for one in rows}) == len(rows)


def test_findings_point_into_the_file(tmp_path: Path) -> None:
    """Line and column of the element that a person mends."""
    path = tmp_path / "p.json"
    path.write_text(json.dumps(policy(allow("PutObject", f"{ROOT}*")), indent=2), "utf-8")
    out = call("policy", "lint", str(path), "--format", "json")[1]
    wide = [one for one in json.loads(out)["findings"] if one["rule"] == "session-other-keys-write"]
    assert [one["location"] for one in wide] == [{"file": str(path), "line": 10, "column": 9}]
    assert f"{path}:10:9" in call("policy", "lint", str(path))[1]


def test_a_file_and_standard_input_are_the_same_but_for_the_name(tmp_path: Path) -> None:
    """`-` reads a policy that is piped from anywhere."""
    path = tmp_path / "p.json"
    text = json.dumps(policy(allow("cos:*", f"{ROOT}*")))
    path.write_text(text, "utf-8")
    piped = found(text.encode())
    read = json.loads(call("policy", "lint", str(path), "--format", "json")[1])["findings"]
    assert [(one["rule"], one["message"]) for one in piped] == [(one["rule"], one["message"]) for one in read]


def test_order_does_not_matter_and_runs_repeat() -> None:
    """Byte for byte the same twice; the same rules in any order of statements."""
    rows = [allow("PutObject", f"{ROOT}*"), allow("GetBucket", "*"), deny("DeleteObject", "*")]
    assert linted(policy(*rows)) == linted(policy(*rows))
    assert sorted(one["rule"] for one in found(policy(*rows))) == sorted(
        one["rule"] for one in found(policy(*reversed(rows)))
    )


# -- what it is for ----------------------------------------------------------------------------------------------------

BUCKET_POLICY = policy({**allow("*", f"{ROOT}*"), "principal": {"qcs": ["qcs::cam::uin/1:uin/2"]}})
ANYBODY = policy({**allow("*", f"{ROOT}*"), "principal": {"qcs": ["*"]}})


def test_a_named_principal_makes_it_a_bucket_policy() -> None:
    """Without `--as`: `*` as the principal is what the official STS helper writes, anything else is somebody."""
    assert not any(one["rule"].startswith("session-") for one in found(BUCKET_POLICY))
    assert any(one["rule"].startswith("session-") for one in found(ANYBODY))
    assert "policy-principal" in {one["rule"] for one in found(ANYBODY)}


@pytest.mark.parametrize("given", [BUCKET_POLICY, ANYBODY], ids=["named", "anybody"])
def test_as_decides(given: dict[str, Any]) -> None:
    """What a client should not have is asked of a session's policy alone; the form of all of them."""
    assert any(one["rule"].startswith("session-") for one in found(given, "--as", "session"))
    for kind in ("user", "bucket"):
        assert not any(one["rule"].startswith("session-") for one in found(given, "--as", kind))
        assert "policy-principal" not in {one["rule"] for one in found(given, "--as", kind)}
    odd = policy({**given["statement"][0], "condition": {"numeric_equal": {"cos:content_length": 1}}})
    for kind in ("session", "user", "bucket"):
        assert "policy-unknown-key" in {one["rule"] for one in found(odd, "--as", kind)}


def test_a_bucket_policy_is_asked_what_it_opens_to_anybody() -> None:
    """The rules on buckets, for the bucket that its resources name; a session's policy is not asked that."""
    anyone = {"principal": {"qcs": ["qcs::cam::anyone:anyone"]}}
    given = policy({**allow("PutObject GetBucket", f"{ROOT}*"), **anyone}, {**deny("GetObject", "*"), **anyone})
    rules = {one["rule"]: one for one in found(given)}
    assert set(rules) == {"bucket-public-write", "bucket-public-list"}
    assert rules["bucket-public-write"]["severity"] == "critical"
    assert rules["bucket-public-write"]["subject"]["bucket"] == "media-1250000000"
    assert rules["bucket-public-list"]["witness"]["url"] == "https://media-1250000000.cos.ap-guangzhou.myqcloud.com/"
    assert not any(one["rule"].startswith("bucket-") for one in found(given, "--as", "session"))


def test_two_statements_for_different_people_are_two() -> None:
    """In a bucket policy the same words for somebody else are no repetition."""
    people = [{"qcs": [f"qcs::cam::uin/1:uin/{user}"]} for user in (2, 3)]
    rows = [{**allow("GetObject", f"{ROOT}*"), "principal": one} for one in people]
    assert "policy-adds-nothing" not in {one["rule"] for one in found(policy(*rows))}
    assert "policy-adds-nothing" in {one["rule"] for one in found(policy(rows[0], rows[0]))}


def test_as_takes_three_words() -> None:
    """Anything else is a wrong call."""
    code, out, err = call("policy", "lint", "-", "--as", "root", stdin=b"{}")
    assert (code, out) == (2, "") and "--as" in err


# -- hostile text ------------------------------------------------------------------------------------------------------

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\u202egpj.",
    "a\nThis key cannot  do anything",
    "\r\x08\x08",
    "\x9b31m",
    "\u2028",
    "\ufeff",
    "\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(one) for one in HOSTILE])
@pytest.mark.parametrize("field", ["action", "resource", "key", "value", "operator", "element", "principal"])
def test_hostile_text_is_escaped(field: str, text: str) -> None:
    """No control character of a policy reaches the terminal, wherever it stands, and no line is forged."""
    row: dict[str, Any] = {
        **allow("PutObject", f"{ROOT}*"),
        "condition": {"string_equal": {"cos:x-cos-acl": "private"}},
    }
    if field == "action":
        row["action"].append(f"name/cos:{text}")
    elif field == "resource":
        row["resource"].append(f"{ROOT}{text}/*")
    elif field == "key":
        row["condition"] = {"string_equal": {f"cos:{text}": "1"}}
    elif field == "value":
        row["condition"] = {"string_equal": {"cos:x-cos-acl": text}}
    elif field == "operator":
        row["condition"] = {f"string_{text}": {"cos:x-cos-acl": "1"}}
    elif field == "element":
        row[f"Sid{text}"] = text
    else:
        row["principal"] = {"qcs": [f"qcs::cam::{text}"]}
    code, out, err = call("policy", "lint", "-", stdin=json.dumps(policy(row)).encode())
    assert code in (0, 1, 2) and "Traceback" not in err and "fault of cosaudit" not in err
    shown = out + err
    assert not [char for char in shown if char != "\n" and (unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"))]
    assert not any(line.startswith("This key cannot  do anything") for line in shown.splitlines())
    lines = out.partition("\n\n")[0].splitlines()
    assert len(lines) <= 6 and max(map(columns, lines), default=0) <= 80


def test_a_long_hostile_folder_stays_within_80_columns() -> None:
    """Escapes are longer than what they stand for; the width counts them."""
    for text in ("\x1b" * 60, "\u6587" * 60, "a" * 300, "\U0001f600" * 40):
        lines = opening(policy(allow("PutObject", f"{text}/*")))
        assert len(lines) <= 6
        assert max(map(columns, lines)) <= 80, lines


def test_json_is_ascii() -> None:
    """No encoding can change it."""
    assert linted(policy(allow("PutObject", "\u6587\u4ef6/\u202e*")), "--format", "json")[1].isascii()


GARBAGE = [
    b"",
    b" ",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"{}",
    b"\xff\xfe\x00",
    b"\x80",
    b"\x00",
    b"a: &a [*a]",
    b"[" * 5000,
    b"x" * 100_000,
    b'{"version": "2.0", "statement": [null]}',
    b'{"version": "2.0", "statement": {"effect": "allow", "action": 1, "resource": {}}}',
    b'{"version": "2.0", "statement": [{"effect": "perhaps", "action": "*", "resource": "*"}]}',
    b'{"version": "2.0", "statement": [{"effect": "allow", "resource": "*"}]}',
    b'{"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*", "condition": {"a": []}}]}',
    b"--- \n- 1\n--- \n- 2\n",
]


@pytest.mark.parametrize("text", GARBAGE, ids=[repr(one[:30]) for one in GARBAGE])
def test_garbage_is_told_without_a_traceback(text: bytes) -> None:
    """Exit 2 with a place, in text and in JSON; nothing is judged that has no meaning."""
    for form in ("text", "json"):
        code, out, err = call("policy", "lint", "-", "--format", form, stdin=text)
        assert code == 2
        assert err.startswith("-:") and "Traceback" not in err + out and "fault of cosaudit" not in err
        assert (out == "") is (form == "text")
        assert form == "text" or json.loads(out)["errors"]


def test_a_file_that_is_not_there() -> None:
    """Exit 2 and its name."""
    code, out, err = call("policy", "lint", "missing.json")
    assert (code, out) == (2, "") and err.startswith("missing.json:1:1: ")


@pytest.mark.parametrize(
    ("name", "kind", "rule"),
    [
        ("front-bad-resource-avatar", "session", "session-folder-shared"),
        ("issue-sts-105-shared-uploads", "session", "session-folder-shared"),
        ("cam-case-prefix-without-slash", "user", "policy-wildcard-open"),
        ("js-sdk-server-sts-key-concat", "session", "policy-wildcard-open"),
        ("preset-bucket-config-write", "user", "policy-escalation"),
    ],
)
def test_what_the_notes_of_the_corpus_call_too_wide_is_found(name: str, kind: str, rule: str) -> None:
    """Without any configuration: above the threshold."""
    code, out, _ = call("policy", "lint", str(CORPUS / f"{name}.json"), "--as", kind, "--format", "json")
    assert code == 1
    assert [one["rule"] for one in json.loads(out)["findings"] if one["severity"] != "info"] == [rule]


def test_good_policies_of_front_ends_read_alone_give_nothing_above_info() -> None:
    """A folder with a name of its own, a folder to read, two statements."""
    names = [name for name in FILES if name.startswith("front-good-") or name == "guide-post-object-prefix"]
    assert len(names) >= 4
    for name in names:
        code, out, _ = call("policy", "lint", str(CORPUS / f"{name}.json"), "--format", "json")
        assert (code, {one["severity"] for one in json.loads(out)["findings"]} - {"info"}) == (0, set()), name


def test_a_prefix_without_a_slash_shows_the_other_user() -> None:
    """`user1*` is no folder: user10 is in it."""
    (one,) = [
        one for one in found(policy(allow("PutObject GetObject", "user1*"))) if one["rule"] == "policy-wildcard-open"
    ]
    assert "also reaches `user10/a.jpg`" in one["message"]
    assert one["witness"]["resource"] == f"{ROOT}user10/a.jpg"
    given = policy(allow("PutObject GetObject", "user1*"))
    asked = ("--action", "cos:GetObject", "--resource", one["witness"]["resource"])
    assert call("policy", "simulate", "-", *asked, stdin=json.dumps(given).encode())[0] == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"version": "2.0", "statement": [%s],}', "a comma before `}`"),
        ('{\'version\': "2.0", "statement": [%s]}', "a text in single quotes"),
        ('{"version": "2.0", # two\n "statement": [%s]}', "a comment"),
        ('{// two\n "version": "2.0", "statement": [%s]}', "a comment"),
    ],
)
def test_what_is_no_json_is_told_for_every_kind_of_policy(text: str, words: str) -> None:
    """It is read as it was meant, and it is no policy to any service."""
    one = '{"effect": "allow", "action": "cos:GetObject", "resource": "qcs::cos:ap-guangzhou:uid/1:a-1/b/*"}'
    for kind in ("session", "user", "bucket"):
        told = found((text % one).encode(), "--as", kind)
        assert [(row["rule"], row["severity"]) for row in told if row["rule"].startswith("policy-")] == [
            ("policy-not-json", "high")
        ]
        assert words in told[0]["message"]


def test_a_name_that_stands_twice_is_high() -> None:
    """What was written first is lost: here the ACL is not limited."""
    text = (
        '{"version": "2.0", "statement": [{"effect": "allow", "action": "cos:GetObject", "resource": '
        '"qcs::cos:ap-guangzhou:uid/1:a-1/b/*", "condition": {"string_equal": {"cos:versionid": "null"}, '
        '"string_equal": {"cos:response-content-type": "a"}}}], "statement": []}'
    )
    told = [(row["rule"], row["severity"]) for row in found(text.encode())]
    assert told.count(("policy-repeated-name", "high")) == 1
