"""`cosaudit policy simulate`: one request against one policy, and the group `policy` itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import call

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/"
POLICY = f"""{{
  "version": "2.0",
  "statement": [
    {{
      "effect": "allow",
      "action": ["name/cos:PutObject", "name/cos:PostObject"],
      "resource": ["{BUCKET}avatars/{{openid}}/*"]
    }},
    {{
      "effect": "allow",
      "action": ["name/cos:GetObject", "name/cos:GetBucket"],
      "resource": ["{BUCKET}public/*"],
      "condition": {{"bool_equal": {{"cos:secure-transport": "true"}}}}
    }},
    {{
      "effect": "deny",
      "action": ["name/cos:PutObject"],
      "resource": ["*"],
      "condition": {{"string_equal": {{"cos:x-cos-acl": "public-read"}}}}
    }},
    {{
      "effect": "allow",
      "action": ["name/cos:HeadObject"],
      "resource": ["*"],
      "condition": {{"numeric_less_than": {{"cos:content_length": 5}}}}
    }}
  ]
}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.json").write_text(POLICY, "utf-8")


def simulated(*arguments: str, policy: str = "p.json", stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a simulation."""
    code, out, err = call("policy", "simulate", policy, *arguments, "--format", "json", stdin=stdin)
    assert err == "", err
    return code, json.loads(out)


def decided(*arguments: str, policy: str = "p.json") -> tuple[int, str, int | None]:
    """Exit code, decision and statement."""
    code, answer = simulated(*arguments, policy=policy)
    return code, answer["decision"], answer["statement"]


# -- decisions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PUT {host}/avatars/a/1.jpg --set openid=a --absent cos:x-cos-acl", (0, "allow", 0)),
        ("PUT {host}/avatars/a/1.jpg --set openid=a --context cos:x-cos-acl=private", (0, "allow", 0)),
        ("PUT {host}/avatars/a/1.jpg --set openid=a --context cos:x-cos-acl=public-read", (1, "deny", 2)),
        ("PUT {host}/avatars/b/1.jpg --set openid=a", (1, "implicit-deny", None)),
        ("PUT {host}/avatars/a/1.jpg --set openid=a", (3, "unknown", 2)),
        ("PUT {host}/avatars/a/1.jpg --absent cos:x-cos-acl", (3, "unknown", 0)),
        ("PUT {host}/avatars/b/1.jpg --set openid=* --absent cos:x-cos-acl", (0, "allow", 0)),
        ("PUT {host}/avatars/{openid}/1.jpg --absent cos:x-cos-acl", (0, "allow", 0)),
        ("PUT {host}/avatars/%7Bopenid%7D/1.jpg --set openid=a/b --absent cos:x-cos-acl", (0, "allow", 0)),
        ("PUT {host}/avatars/{file}/1.jpg --set openid={file} --absent cos:x-cos-acl", (0, "allow", 0)),
        ("POST {host}/ --key avatars/{openid}/1.jpg", (0, "allow", 0)),
        ("POST {host} --key avatars/b/1.jpg --set openid=a", (1, "implicit-deny", None)),
        ("GET {host}/public/1.jpg", (0, "allow", 1)),
        ("GET {http}/public/1.jpg", (1, "implicit-deny", None)),
        ("GET {http}/public/1.jpg --context cos:secure-transport=true", (0, "allow", 1)),
        ("GET {host}/?prefix=public/", (0, "allow", 1)),
        ("GET {host}/?prefix=publi", (1, "implicit-deny", None)),
        ("GET {host}/", (1, "implicit-deny", None)),
        ("HEAD {host}/a", (1, "implicit-deny", None)),
        ("HEAD {host}/a --context cos:content_length=4", (0, "allow", 3)),
        ("DELETE {host}/avatars/a/1.jpg", (1, "implicit-deny", None)),
        ("GET https://service.cos.myqcloud.com/", (1, "implicit-deny", None)),
        ("--action cos:GetObject --resource {bucket}public/x --context cos:secure-transport=true", (0, "allow", 1)),
        ("--action cos:GetObject --resource {bucket}public/x", (3, "unknown", 1)),
        ("--action cos:GetObject --resource {bucket}private/x", (1, "implicit-deny", None)),
        ("--action cos:PostObject --resource {bucket}avatars/{openid}/x", (0, "allow", 0)),
        ("--action cos:PostObject --resource {bucket}avatars/${openid}/x", (0, "allow", 0)),
        (
            "--action name/cos:PostObject --resource "
            "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/avatars/{openid}/x",
            (0, "allow", 0),
        ),
        ("--action cos:GetService --resource *", (1, "implicit-deny", None)),
    ],
)  # fmt: skip
def test_decisions_and_exit_codes(line: str, expected: tuple[int, str, int | None]) -> None:
    """0 allow, 1 denied, 3 unknown; the request from METHOD and URL, or named."""
    words = [
        word.replace("{host}", HOST).replace("{http}", HOST.replace("https", "http")).replace("{bucket}", BUCKET)
        for word in line.split()
    ]
    assert decided(*words) == expected
    code, out, err = call("policy", "simulate", "p.json", *words)
    verdict = {"allow": "ALLOWED by ", "deny": "DENIED by ", "implicit-deny": "DENIED: ", "unknown": "UNKNOWN: "}
    assert (code, err) == (expected[0], "") and out.startswith(verdict[expected[1]])


def test_the_json_has_the_contract_and_says_where() -> None:
    """Decision, statement from 0, reason; and the action, the resource and the place."""
    _, answer = simulated("PUT", f"{HOST}/avatars/{{openid}}/1.jpg", "--context", "cos:x-cos-acl=public-read")
    assert answer == {
        "version": 1,
        "decision": "deny",
        "statement": 2,
        "reason": answer["reason"],
        "action": "name/cos:PutObject",
        "resource": f"{BUCKET}avatars/{{openid}}/1.jpg",
        "place": {"file": "p.json", "line": 15, "column": 5},
        "fact": None,
        "settle": [],
        "notes": [],
    }
    assert answer["reason"]


def test_the_text_says_verdict_place_line_and_reason() -> None:
    """First the verdict in words; the frame shows the resource that lets it through."""
    code, out, err = call("policy", "simulate", "p.json", "POST", HOST, "--key", "avatars/a/1.jpg", "--set", "openid=a")
    assert (code, err) == (0, "")
    assert out == (
        "ALLOWED by p.json:4:5\n"
        '7 |       "resource": ["qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/a~\n'
        "  |                    ^\n"
        "  action    name/cos:PostObject\n"
        f"  resource  {BUCKET}avatars/a/1.jpg\n"
        "  why       statement 1 allows it\n"
    )


def test_an_unknown_says_what_would_settle_it_and_that_settles_it() -> None:
    """Each flag that is offered is a flag that is taken, and with all of them nothing is unknown any more."""
    asked = ["PUT", f"{HOST}/avatars/a/1.jpg"]
    code, answer = simulated(*asked)
    assert code == 3
    assert answer["settle"] == ["--context cos:x-cos-acl=VALUE, or --absent cos:x-cos-acl", "--set openid=VALUE"]
    assert decided(*asked, "--absent", "cos:x-cos-acl", "--set", "openid=a")[0] == 0
    assert decided(*asked, "--context", "cos:x-cos-acl=VALUE", "--set", "openid=VALUE")[0] == 1


def test_a_key_that_no_service_sends_is_absent_and_said_so() -> None:
    """`cos:content_length` is a misprint of the vendor's page: no request ever satisfies it."""
    _, answer = simulated("HEAD", f"{HOST}/a")
    assert "no service sends cos:content_length: is it cos:content-length?" in answer["notes"]


def test_a_key_that_does_not_occur_on_the_action_is_absent_and_said_so() -> None:
    """`cos:prefix` is of listings."""
    policy = {"effect": "allow", "action": "*", "resource": "*", "condition": {"string_equal": {"cos:prefix": "a"}}}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": [policy]}))
    code, answer = simulated("PUT", f"{HOST}/a?prefix=a", policy="q.json")
    assert (code, answer["decision"]) == (1, "implicit-deny")
    assert "cos:prefix does not occur on PutObject" in answer["notes"]
    assert decided("GET", f"{HOST}/?prefix=a", policy="q.json")[0] == 0
    assert decided("GET", f"{HOST}/?prefix=b", policy="q.json")[0] == 1
    assert decided("GET", f"{HOST}/", policy="q.json")[0] == 1


def test_values_of_the_query_are_compared_percent_encoded() -> None:
    """As the vendor's page writes them: `image%2Fjpeg`."""
    condition = {"string_equal": {"cos:response-content-type": "image%2Fjpeg"}}
    policy = {"effect": "allow", "action": "cos:GetObject", "resource": "*", "condition": condition}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": policy}))
    assert decided("GET", f"{HOST}/a?response-content-type=image/jpeg", policy="q.json")[0] == 0
    assert decided("GET", f"{HOST}/a?response-content-type=image%2Fpng", policy="q.json")[0] == 1
    assert decided("GET", f"{HOST}/a", policy="q.json")[0] == 1


def test_a_placeholder_in_the_query_is_the_one_in_the_condition() -> None:
    """The prefix of a listing that one user may ask for."""
    condition = {"string_equal": {"cos:prefix": "u%2F{openid}%2F"}}
    policy = {"effect": "allow", "action": "cos:GetBucket", "resource": "*", "condition": condition}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": policy}))
    assert decided("GET", f"{HOST}/?prefix=u/{{openid}}/", policy="q.json")[0] == 0
    assert decided("GET", f"{HOST}/?prefix=u/a/", policy="q.json")[0] == 3
    assert decided("GET", f"{HOST}/?prefix=u/a%2Fb/", "--set", "openid=a%2Fb", policy="q.json")[0] == 0


def test_several_values_of_one_key() -> None:
    """`--context` repeats for a key with several values."""
    condition = {"for_all_value:string_equal": {"qcs:request_tag": ["a&1", "b&2"]}}
    policy = {"effect": "allow", "action": "*", "resource": "*", "condition": condition}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": policy}))
    asked = ["PUT", f"{HOST}/", "--context", "qcs:request_tag=a&1", "--context"]
    assert decided(*asked, "qcs:request_tag=b&2", policy="q.json")[0] == 0
    assert decided(*asked, "qcs:request_tag=c&3", policy="q.json")[0] == 1


# -- a key or a region that the URL does not have ----------------------------------------------------------------------


def policy_file(name: str, *resources: str, deny: tuple[str, ...] = ()) -> None:
    """A policy that allows everything on some resources but not on others."""
    statements = [{"effect": "allow", "action": "*", "resource": list(resources)}]
    statements += [{"effect": "deny", "action": "*", "resource": list(deny)}] if deny else []
    Path(name).write_text(json.dumps({"version": "2.0", "statement": statements}))


@pytest.mark.parametrize(
    ("resources", "deny", "decision"),
    [
        (("*",), (), "allow"),
        ((f"{BUCKET}*",), (), "allow"),
        ((f"{BUCKET}*",), (f"{BUCKET}a*",), "unknown"),
        ((f"{BUCKET}a*",), (), "unknown"),
        ((f"{BUCKET}a*",), ("*",), "deny"),
        ((f"{BUCKET}a*",), (f"{BUCKET}*",), "deny"),
        ((BUCKET,), (), "implicit-deny"),
        (("qcs::cos:ap-beijing:uid/1250000000:*",), (), "implicit-deny"),
        ((f"{BUCKET}{{openid}}/*",), (), "unknown"),
    ],
)
def test_a_form_without_its_key_is_judged_for_every_key(
    resources: tuple[str, ...], deny: tuple[str, ...], decision: str
) -> None:
    """Allowed when all keys are, denied when none is; otherwise it depends, and `--key` settles it."""
    policy_file("q.json", *resources, deny=deny)
    _, answer = simulated("POST", HOST, policy="q.json")
    assert answer["decision"] == decision
    assert ("--key KEY" in answer["settle"]) is (decision == "unknown")
    assert answer["resource"] == f"{BUCKET}<any key>"


def test_an_acceleration_host_names_no_region() -> None:
    """The answer of every region, or what it depends on."""
    url = "https://media-1250000000.cos.accelerate.myqcloud.com/a"
    policy_file("any.json", "qcs::cos::uid/1250000000:media-1250000000/*")
    policy_file("one.json", f"{BUCKET}*")
    policy_file("other.json", "qcs::cos::uid/1250000000:other-1250000000/*")
    assert decided("PUT", url, policy="any.json") == (0, "allow", 0)
    assert decided("PUT", url, policy="other.json") == (1, "implicit-deny", None)
    code, answer = simulated("PUT", url, policy="one.json")
    assert (code, answer["decision"]) == (3, "unknown")
    assert "allow in ap-guangzhou; implicit-deny elsewhere" in answer["reason"]
    assert answer["resource"] == "qcs::cos:<region>:uid/1250000000:media-1250000000/a"


# -- notes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (["--action", "cos:PutObjct", "--resource", f"{BUCKET}a"], "did you mean name/cos:PutObject?"),
        (["--action", "cam:Zzz", "--resource", f"{BUCKET}a"], "no page of the vendor's names the action `cam:Zzz`"),
        (["--action", "cos:PutObject", "--resource", f"{BUCKET}a*"], "`*` in --resource is read as that character"),
        (["--action", "cos:GetService", "--resource", f"{BUCKET}a"], "COS asks for it with `*`"),
        (["PUT", f"{HOST}/a", "--absent", "cos:nothing"], "no condition of the policy asks for cos:nothing"),
        (["PUT", f"{HOST}/a?legal-hold"], "the query parameter `legal-hold` is not known"),
        (["POST", f"{HOST}/?delete", "--key", "a"], "a signed one is asked for name/cos:DeleteObject"),
    ],
)
def test_what_may_surprise_is_noted(arguments: list[str], note: str) -> None:
    """The answer stands, with what to mind beside it."""
    _, answer = simulated(*arguments)
    assert any(note in one for one in answer["notes"])
    out = call("policy", "simulate", "p.json", *arguments)[1]
    assert note in " ".join(out.split())


def test_what_is_odd_about_the_policy_is_noted_where_it_is_denied() -> None:
    """A resource of five segments never matches: that is why."""
    statement = {"effect": "allow", "action": "*", "resource": "qcs::cos:ap-beijing:a-1/*"}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": [statement]}))
    _, answer = simulated("PUT", f"{HOST}/a", policy="q.json")
    assert any(note.startswith("q.json:1:") and "qcs::cos:ap-beijing:a-1/*" in note for note in answer["notes"])


def test_principals_are_said_to_be_left_aside() -> None:
    """A bucket policy is answered for those whom it names."""
    principal = {"qcs": ["qcs::cam::uin/1:uin/2"]}
    statement = {"effect": "allow", "principal": principal, "action": "*", "resource": "*"}
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": [statement]}))
    code, answer = simulated("PUT", f"{HOST}/a", policy="q.json")
    assert code == 0
    assert answer["notes"] == ["principals are not looked at: the answer is for those whom the statements name"]


@pytest.mark.parametrize(
    ("path", "asked", "value", "expected", "settle"),
    [
        ("avatars/oABC/*", "avatars/{openid}/x", None, "unknown", ["--set openid=VALUE"]),
        ("avatars/oABC/*", "avatars/{openid}/x", "oABC", "allow", []),
        ("avatars/oABC/*", "avatars/{openid}/x", "other", "implicit-deny", []),
        ("avatars/*", "avatars/{openid}/x", None, "allow", []),
        ("avatars/{openid}/*", "avatars/{openid}/x", None, "allow", []),
        ("avatars/{openid}/*", "avatars/{openid}/x", "a", "allow", []),
        ("avatars/{openid}/*", "avatars/{user}/x", None, "unknown", ["--set openid=VALUE", "--set user=VALUE"]),
        ("avatars/oABC/*", "avatars/${openid}/x", None, "unknown", ["--set openid=VALUE"]),
        ("avatars/oABC/*", "avatars/${uin}/x", None, "implicit-deny", []),
    ],
)
def test_a_placeholder_of_the_request_is_filled_or_asked_for(
    path: str, asked: str, value: str | None, expected: str, settle: list[str]
) -> None:
    """Whether the policy has it or not: `--set` fills it in both, and an unknown says that it would settle it."""
    policy_file("q.json", f"{BUCKET}{path}")
    placed = () if value is None else ("--set", f"openid={value}")
    _, answer = simulated("--action", "cos:PutObject", "--resource", f"{BUCKET}{asked}", *placed, policy="q.json")
    assert (answer["decision"], answer["settle"]) == (expected, settle)
    if "$" not in asked:
        _, answer = simulated("PUT", f"{HOST}/{asked}", *placed, policy="q.json")
        assert (answer["decision"], answer["settle"]) == (expected, settle)


@pytest.mark.parametrize(
    "text", ['{"statement": [%s]}', '{"version": "3.0", "statement": [%s]}', '{"version": "2.0", "statement": [%s],}']
)
def test_an_allow_of_a_policy_that_no_service_takes_is_noted(text: str) -> None:
    """What the statements say is one thing; that no key is ever made with them another."""
    Path("q.json").write_text(text % '{"effect": "allow", "action": "cos:*", "resource": "*"}', "utf-8")
    code, answer = simulated("PUT", f"{HOST}/a", policy="q.json")
    assert (code, len(answer["notes"])) == (0, 1)
    assert "neither CAM nor STS takes this policy" in answer["notes"][0]


# -- where the policy comes from ---------------------------------------------------------------------------------------


def test_a_policy_is_read_from_standard_input_and_in_other_wrappings() -> None:
    """`-`, YAML, and the request to the key service, encoded or not."""
    from urllib.parse import quote

    policy_file("q.json", f"{BUCKET}*")
    text = Path("q.json").read_text()
    wrapped = json.dumps({"durationSeconds": 1800, "policy": text})
    yaml = f"version: '2.0'\nstatement:\n- effect: allow\n  action: cos:*\n  resource: '{BUCKET}*'\n"
    for given_ in (text, wrapped, quote(text, safe=""), yaml, "\ufeff" + text):
        code, answer = simulated("PUT", f"{HOST}/a", policy="-", stdin=given_.encode())
        assert (code, answer["decision"], answer["place"]["file"]) == (0, "allow", "-")


# -- wrong calls and wrong input ---------------------------------------------------------------------------------------

URL = f"{HOST}/a"
RESOURCE = f"{BUCKET}a"


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ([], "cosaudit:1:1: no request is asked about; expected METHOD and URL, or `--action` and `--resource`"),
        (["PUT"], "URL:1:1: a METHOD without a URL"),
        (["PUT", URL, "--action", "cos:PutObject"], "--action:1:1: `--action` stands beside METHOD and URL"),
        (["PUT", URL, "--resource", RESOURCE], "--resource:1:1: `--resource` stands beside METHOD and URL"),
        (["--action", "cos:PutObject"], "--resource:1:1: `--resource` is missing"),
        (["--resource", RESOURCE], "--action:1:1: `--action` is missing"),
        (["PUTT", URL], "METHOD:1:1: `PUTT` is no method of COS"),
        (["PUT", "https://cdn.example.com/a"], "URL:1:1: `cdn.example.com` is no host of COS: the bucket behind it"),
        (["PUT", URL, "--key", "b"], "--key:1:1: `--key` stands beside a request that names its resource"),
        (["POST", HOST, "--key", ""], "--key:1:1: an empty key"),
        (["--action", "cos:A", "--resource", RESOURCE, "--key", "b"], "--key:1:1: `--key` stands beside `--resource`"),
        (["--action", "cos:Put*", "--resource", RESOURCE], "--action:1:1: `cos:Put*` stands for several"),
        (["--action", "PutObject", "--resource", RESOURCE], "--action:1:1: `PutObject` is no action"),
        (["--action", "", "--resource", RESOURCE], "--action:1:1: `` is no action"),
        (["--action", "cos:A", "--resource", "media/a"], "--resource:1:1: `media/a` does not begin with `qcs:`"),
        (["--action", "cos:A", "--resource", "qcs::cos:a:b"], "--resource:1:1: `qcs::cos:a:b` has 5 segments"),
        (["--action", "cos:A", "--resource", "qcs:1:cos:a:b:c"], "--resource:1:1: `qcs:1:cos:a:b:c` has a second"),
        (["PUT", URL, "--context", "x"], "--context:1:1: `x` is no KEY=VALUE"),
        (["PUT", URL, "--context", "=x"], "--context:1:1: `=x` is no KEY=VALUE"),
        (["PUT", URL, "--context", "a=1", "--absent", "a"], "--absent:1:1: `a` has a value and is absent"),
        (["PUT", URL, "--set", "openid"], "--set:1:1: `openid` is no NAME=VALUE"),
        (["PUT", URL, "--set", "openId=1"], "--set:1:1: the policy has no placeholder `openId`; expected one of `open"),
        (["PUT", URL, "--set", "openid=1", "--set", "openid=2"], "--set:1:1: `openid` is given twice"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_leaves_with_2_and_says_what_is_expected(arguments: list[str], first: str) -> None:
    """A place first, in text and in JSON; nothing else on standard output."""
    code, out, err = call("policy", "simulate", "p.json", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(first) and err.isprintable() is False and "Traceback" not in err
    code, out, err = call("policy", "simulate", "p.json", *arguments, "--format", "json")
    (error, *_) = json.loads(out)["errors"]
    assert code == 2
    assert f"{error['file']}:{error['line']}:{error['column']}: {error['message']}" == err.splitlines()[0]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """The call and the policy alike."""
    Path("q.json").write_text('{"version": "2.0", "statement": [{"effect": "alow", "action": {}, "resource": "*"}]}')
    code, _, err = call("policy", "simulate", "q.json", "PUTT", URL, "--context", "x", "--set", "y")
    assert code == 2
    starts = [line.split(" ")[0] for line in err.splitlines()]
    assert sorted(starts) == ["--context:1:1:", "--set:1:1:", "METHOD:1:1:", "q.json:1:45:", "q.json:1:63:"]


def test_a_policy_without_placeholders_takes_no_set() -> None:
    """And the message does not offer names that there are not."""
    policy_file("q.json", "*")
    code, _, err = call("policy", "simulate", "q.json", "PUT", URL, "--set", "openid=1")
    assert code == 2
    assert err == "--set:1:1: the policy has no placeholder `openid`; expected no `--set`: it has none at all\n"


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \n", b"\0", bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0", b"[" * 200_000, b'{"a":' * 50_000, b"{",
        b"null", b"[]", b"%7B%22", b"%ZZ", b"statement: {effect: !!python/object:os.system x}",
        b"5", b'"x"', b"{}", b'{"statement": 5}', b'{"version": "2.0", "statement": [[]]}', b"a: &a [*a]",
        b'{"policy": "{"}', b'{"policy": {"policy": {"policy": {"policy": {"policy": {"policy": {}}}}}}}',
        "{\"version\": \"2.0\", \"statement\": \"\u202e\x1b\"}".encode(),
        "上传".encode("gbk"),
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_what_is_no_policy_leaves_with_2_and_a_place(content: bytes) -> None:
    """Binary, empty, deep and broken files: never a traceback, never raw text."""
    Path("q.json").write_bytes(content)
    for source, stdin in (("q.json", b""), ("-", content)):
        code, out, err = call("policy", "simulate", source, "PUT", URL, stdin=stdin)
        assert (code, out) == (2, "")
        assert err.startswith(f"{source}:")
        assert all(line.isprintable() for line in err.splitlines()) and "Traceback" not in err


def test_files_that_cannot_be_read() -> None:
    """A folder, nothing, a name that is none."""
    for name, reason in ((".", "this is a folder"), ("gone", "there is no such file"), ("a\0b", "not a file name")):
        code, out, err = call("policy", "simulate", name, "PUT", URL)
        assert (code, out) == (2, "") and reason in err


def test_a_policy_of_a_thousand_statements_is_answered() -> None:
    """And one with a pattern of sixty stars."""
    statements = [{"effect": "allow", "action": "cos:GetObject", "resource": f"{BUCKET}{n}/*"} for n in range(1000)]
    statements.append({"effect": "allow", "action": "cos:PutObject", "resource": BUCKET + "*a" * 60 + "*"})
    Path("q.json").write_text(json.dumps({"version": "2.0", "statement": statements}))
    for words, statement in ((["PUT", f"{HOST}/{'a' * 800}"], 1000), (["GET", f"{HOST}/999/a"], 999)):
        code, out, _ = call("policy", "simulate", "q.json", *words, "--format", "json")
        assert (code, json.loads(out)["statement"]) == (0, statement)


ODD = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["\x1b[31m", "\u202e", "{openid}", "${openid}", "*", "::error::x", "##vso[x]", "'; rm -rf", "\n"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ODD, ODD, ODD, ODD, ODD)
def test_no_text_reaches_the_terminal_raw(key: str, file: str, value: str, action: str, name: str) -> None:
    """Whatever stands in the policy, on the command line, or in both: lines that print, and no fault."""
    statement = {
        "effect": "allow", "action": ["cos:*", f"cos:{action}"], "resource": [f"{BUCKET}{file}*", file],
        "condition": {"string_equal": {key: value}, name: {"cos:x-cos-acl": value}},
    }  # fmt: skip
    Path("odd.json").write_text(json.dumps({"version": "2.0", "statement": [statement]}))
    for arguments in (
        ["--action", "cos:PutObject", "--resource", f"{BUCKET}{file}", f"--context={key}={value}", f"--absent={name}"],
        ["POST", HOST, f"--key={file}", f"--set={name}={value}"],
        [value, file, f"--action={action}", f"--resource={value}"],
    ):
        arguments = [word.replace("\0", "") for word in arguments]
        code, out, err = call("policy", "simulate", "odd.json", *arguments)
        assert code in (0, 1, 2, 3), err
        assert all(line.isprintable() for line in (out + err).split("\n"))
        assert "::error" not in "".join(line[:7] for line in (out + err).split("\n"))


# -- the group `policy` ------------------------------------------------------------------------------------------------


def test_the_group_alone_says_what_is_expected() -> None:
    """Exit 2; as JSON when that was asked for."""
    code, out, err = call("policy")
    assert (code, out) == (2, "")
    assert err.startswith("cosaudit:1:1: no command of `policy`; expected one of `policy simulate`, `policy diff`")
    assert err.endswith("  help: cosaudit policy --help\n")
    code, out, _ = call("policy", "--format", "json")
    assert code == 2 and json.loads(out)["errors"][0]["message"].startswith("no command of `policy`")


def test_a_wrong_word_after_the_group_gets_the_nearest() -> None:
    """And the help that lists them."""
    code, out, err = call("policy", "simulat", "p.json")
    assert (code, out) == (2, "")
    assert "'simulat'" in err and "'simulate'" in err and "help: cosaudit policy --help" in err
    code, out, _ = call("policy", "simulat", "--format", "json")
    assert code == 2 and "simulate" in json.loads(out)["errors"][0]["message"]


def test_help_lists_what_there_is_and_hints_name_both_words() -> None:
    """`policy --help`, the top help, and a missing argument."""
    code, out, _ = call("policy", "--help")
    assert code == 0 and "simulate" in out and "diff" in out
    code, out, _ = call("--help")
    assert code == 0 and "  policy " in out and "  check " in out
    code, out, _ = call("policy", "simulate", "--help")
    assert code == 0 and "cosaudit policy simulate" in out and "Example:" in out
    code, _, err = call("policy", "simulate")
    assert code == 2 and "help: cosaudit policy simulate --help" in err


def test_only_the_module_of_the_called_command_is_loaded() -> None:
    """Neither the other commands nor the configuration's loader."""
    code = (
        "import sys\nfrom cosaudit.cli import run\nrun(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(name for name in sys.modules if name.startswith('cosaudit')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "policy", "simulate", "p.json", "PUT", URL], capture_output=True, text=True,
        check=True, env=os.environ,
    )  # fmt: skip
    loaded = set(done.stderr.split())
    assert {"cosaudit.cli.policy_simulate", "cosaudit.cam.decide"} <= loaded
    assert {name for name in loaded if name.startswith("cosaudit.cli.")} == {
        "cosaudit.cli.policy_simulate", "cosaudit.cli.policy_source", "cosaudit.cli.streams",
    }  # fmt: skip
    assert not loaded & {"cosaudit.config.load", "cosaudit.rules", "cosaudit.cam.language"}
