"""`cosaudit policy diff`: which of two policies allows more, and a request that shows it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import call

BUCKET = "qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/"
CORPUS = Path(__file__).parents[1] / "corpus" / "policies"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("a.json", statement("name/cos:PutObject", "avatars/{openid}/*"))
    write("b.json", statement(["name/cos:PutObject", "name/cos:DeleteObject"], "avatars/{openid}/*"))


def statement(action: Any, path: str, condition: Any = None, effect: str = "allow") -> dict[str, Any]:
    """A statement on the bucket."""
    made = {"effect": effect, "action": action, "resource": [BUCKET + path]}
    return made if condition is None else made | {"condition": condition}


def write(name: str, *statements: dict[str, Any]) -> str:
    """A policy file; its name."""
    Path(name).write_text(json.dumps({"version": "2.0", "statement": list(statements)}, indent=1), "utf-8")
    return name


def compared(a: str, b: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON; in text the exit code is the same."""
    code, out, err = call("policy", "diff", a, b, "--format", "json")
    assert err == "", err
    assert call("policy", "diff", a, b)[0] == code
    return code, json.loads(out)


def test_more_on_one_side_has_a_witness_there() -> None:
    """The contract: two answers, two witnesses, exit 1; the other way round is the mirror image."""
    witness = {"action": "name/cos:DeleteObject", "resource": f"{BUCKET}avatars/{{openid}}/"}
    assert compared("a.json", "b.json") == (
        1, {"version": 1, "a_within_b": True, "b_within_a": False, "only_a": None, "only_b": witness, "notes": []},
    )  # fmt: skip
    assert compared("b.json", "a.json") == (
        1, {"version": 1, "a_within_b": False, "b_within_a": True, "only_a": witness, "only_b": None, "notes": []},
    )  # fmt: skip


def test_the_same_is_exit_0() -> None:
    """However it is written: order, repetition, one statement or two."""
    one, two = statement("cos:PutObject", "avatars/{openid}/*"), statement("cos:DeleteObject", "avatars/{openid}/*")
    write("c.json", two, one, two)
    answer = {"version": 1, "a_within_b": True, "b_within_a": True, "only_a": None, "only_b": None, "notes": []}
    assert compared("b.json", "c.json") == (0, answer)
    assert compared("b.json", "b.json") == (0, answer)


def test_each_allows_what_the_other_does_not() -> None:
    """Two witnesses."""
    write("c.json", statement("cos:PutObject", "public/*"))
    code, answer = compared("a.json", "c.json")
    assert code == 1 and answer["a_within_b"] is answer["b_within_a"] is False
    assert answer["only_a"]["resource"] == f"{BUCKET}avatars/{{openid}}/"
    assert answer["only_b"]["resource"] == f"{BUCKET}public/"


def test_what_a_condition_leaves_open_is_unknown_with_a_reason() -> None:
    """Exit 3 when nothing is sure to differ; a sure difference wins."""
    private = {"string_equal": {"cos:x-cos-acl": "private"}}
    size = {"numeric_less_than": {"cos:content-length": 5}}
    write("c.json", statement("cos:PutObject", "*", private))
    write("d.json", statement("cos:PutObject", "*", size))
    code, answer = compared("c.json", "d.json")
    assert code == 3
    assert answer["a_within_b"] == answer["b_within_a"] == "unknown" and answer["reason"]
    assert answer["only_a"] is answer["only_b"] is None
    out = call("policy", "diff", "c.json", "d.json")[1]
    assert out.startswith("UNKNOWN whether A and B allow the same\n") and "Unknown: " in out
    write("e.json", statement("cos:PutObject", "*", size), statement("cos:GetObject", "*"))
    code, answer = compared("c.json", "e.json")
    assert code == 1 and (answer["a_within_b"], answer["b_within_a"]) == ("unknown", False)
    assert answer["only_b"]["action"] == "name/cos:GetObject" and answer["reason"]


def test_an_action_that_only_a_wildcard_reaches_is_found() -> None:
    """No list of actions is the whole of `cos:*`."""
    from cosaudit.cos import actions

    write("c.json", statement(sorted(name for name in actions.known() if name.startswith("cos:")), "*"))
    write("d.json", statement("cos:*", "*"))
    code, answer = compared("c.json", "d.json")
    assert (code, answer["a_within_b"], answer["b_within_a"]) == (1, True, False)
    name = answer["only_b"]["action"]
    assert name.startswith("name/cos:") and name[5:] not in actions.known()


def test_the_text_says_who_allows_more_and_how_to_see_it() -> None:
    """The first line in words, then a witness and the command line that simulates it."""
    code, out, err = call("policy", "diff", "a.json", "b.json")
    assert (code, err) == (1, "")
    assert out == (
        "B allows more than A\n"
        "  A  a.json\n"
        "  B  b.json\n"
        "\n"
        "Only B allows, for example:\n"
        "  action    name/cos:DeleteObject\n"
        f"  resource  {BUCKET}avatars/{{openid}}/\n"
        "  again     cosaudit policy simulate b.json --action name/cos:DeleteObject --resource "
        f"'{BUCKET}avatars/{{openid}}/'\n"
    )
    assert call("policy", "diff", "a.json", "a.json")[1] == (
        "A and B allow exactly the same\n  A  a.json\n  B  a.json\n"
    )


def test_what_no_service_takes_is_noted() -> None:
    """Another version makes no key, whatever the statements allow: the answer is about these alone."""
    text = Path("a.json").read_text("utf-8")
    Path("c.json").write_text(text.replace('"2.0"', '"3.0"'), "utf-8")
    Path("d.json").write_text(text.rstrip()[:-1] + ",}", "utf-8")
    code, answer = compared("a.json", "c.json")
    assert code == 0 and len(answer["notes"]) == 1
    assert (
        answer["notes"][0].startswith("c.json:2:13: ")
        and "neither CAM nor STS takes this policy: found `3.0`" in answer["notes"][0]
    )
    out = call("policy", "diff", "d.json", "a.json")[1]
    assert "Mind:\n" in out and "found a comma before" in out


def test_principals_are_not_compared_and_that_is_said() -> None:
    """Two bucket policies for different people: the same statements, and a note that they are not for the same."""
    one = {**statement("cos:PutObject", "*"), "principal": {"qcs": ["qcs::cam::uin/1:uin/2"]}}
    other = {**one, "principal": {"qcs": ["qcs::cam::uin/1:uin/3"]}}
    write("c.json", one)
    write("d.json", other)
    write("e.json", {**one, "principal": "*"})
    said = "principals are not looked at: the answer is for those whom the statements name"
    assert compared("c.json", "c.json")[1]["notes"] == [said]
    assert compared("c.json", "d.json")[1]["notes"] == [f"{said}, and A and B do not name the same"]
    assert compared("e.json", "e.json")[1]["notes"] == []


def test_a_condition_on_a_key_that_nobody_sends_is_no_unknown() -> None:
    """`cos:content_length` is no key: an allow with it never allows, and `_if_exist` makes it none."""
    never = {"numeric_less_than": {"cos:content_length": 5}}
    always = {"numeric_less_than_if_exist": {"cos:content_length": 5}}
    write("c.json", statement("cos:PutObject", "*", never))
    write("d.json", statement("cos:PutObject", "*", always))
    write("e.json", statement("cos:PutObject", "*"))
    write("f.json", statement("cos:PutObject", "*", {"string_equal": {"cvm:key": "a"}}))
    assert [compared(*pair)[0] for pair in (("c.json", "d.json"), ("d.json", "e.json"), ("e.json", "f.json"))] == [
        1,
        0,
        3,
    ]
    assert compared("c.json", "e.json")[1]["only_b"]["action"] == "name/cos:PutObject"


def again(out: str) -> list[list[str]]:
    """The command lines of a text."""
    return [shlex.split(line.partition("again     ")[2])[1:] for line in out.splitlines() if "  again     " in line]


def test_the_printed_command_line_shows_what_it_says(record_property: Any) -> None:
    """On pairs of real policies: what only the one allows is allowed there, or depends on a condition, and not in the
    other one."""
    files = sorted(CORPUS.glob("*.json"))
    names = []
    for path in files:
        Path(path.name).write_text(path.read_text("utf-8"), "utf-8")
        if call("policy", "diff", path.name, path.name)[0] != 2:
            names.append(path.name)
    assert len(names) > 40
    checked = 0
    for a, b in zip(names, [*names[7:], *names[:7]], strict=True):
        out = call("policy", "diff", a, b)[1]
        for arguments in again(out):
            mine = arguments[2]
            code, text, err = call(*arguments)
            assert code in (0, 3), (a, b, text, err)
            other = call(*arguments[:2], b if mine == a else a, *arguments[3:])[0]
            assert other == 1 or (other == 3 and code == 3), (a, b, arguments)
            checked += 1
    assert checked > 40
    record_property("compared witnesses of policy diff", checked)


def test_one_of_the_two_comes_from_standard_input() -> None:
    """Which one does not matter; both cannot."""
    text = Path("b.json").read_bytes()
    code, out, _ = call("policy", "diff", "a.json", "-", stdin=text)
    assert code == 1 and "  B  standard input\n" in out and "cosaudit policy simulate - --action" in out
    code, out, _ = call("policy", "diff", "-", "a.json", "--format", "json", stdin=text)
    assert code == 1 and json.loads(out)["b_within_a"] is True
    code, out, err = call("policy", "diff", "-", "-", stdin=text)
    assert (code, out) == (2, "")
    assert err == "B:1:1: standard input can be read once only; expected a file for one of the two\n"


def test_a_file_that_begins_with_a_hyphen_is_named_so_that_it_can_be_called() -> None:
    """The printed line is a line that works."""
    write("-c.json", statement("cos:GetObject", "*"))
    out = call("policy", "diff", "--", "a.json", "-c.json")[1]
    line = again(out)[1]
    assert line[:3] == ["policy", "simulate", "./-c.json"] and call(*line)[0] == 0


def test_what_is_wrong_with_both_is_told_at_once() -> None:
    """File, line and column first; as JSON too."""
    Path("c.json").write_text('{"version": "2.0",\n "statement": [{"effect": "alow", "action": "*", "resource": "*"}]}')
    Path("d.json").write_text('{"version": "2.0"}')
    code, out, err = call("policy", "diff", "c.json", "d.json")
    assert (code, out) == (2, "")
    assert err == (
        "c.json:2:27: found `alow`; expected `allow` or `deny`\n"
        "d.json:1:1: found no `statement`; expected a policy: a mapping with `version` and `statement`\n"
    )
    code, out, _ = call("policy", "diff", "c.json", "d.json", "-f", "json")
    assert code == 2
    assert [(one["file"], one["line"], one["column"]) for one in json.loads(out)["errors"]] == [
        ("c.json", 2, 27), ("d.json", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        ([], "A:1:1: Missing argument"),
        (["a.json"], "B:1:1: Missing argument"),
        (["a.json", "gone.json"], "gone.json:1:1: there is no such file"),
        (["gone.json", "."], "gone.json:1:1: there is no such file"),
        (["a.json", "b.json", "c.json"], "cosaudit:1:1: "),
        (["a.json", "b.json", "--format", "xml"], "--format:1:1: "),
    ],
    ids=" ".join,
)
def test_a_wrong_call_leaves_with_2(arguments: list[str], first: str) -> None:
    """With the help of this very command."""
    code, out, err = call("policy", "diff", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(first)
    if first.startswith(("A:", "B:", "cosaudit:", "--")):
        assert "help: cosaudit policy diff --help" in err


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["\x1b[31m", "\u202e", "##vso[x]", "'", "a b", "$(x)", "*a*", "{openid}"]
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT, TEXT)
def test_no_text_of_a_policy_reaches_the_terminal_raw(one: str, two: str, three: str) -> None:
    """Paths, actions and values of conditions; and the command line is one whatever the path holds."""
    write("x.json", statement(["cos:GetObject", f"cos:{three}"], one))
    write("y.json", statement("cos:GetObject", two, {"string_like": {three: one}}), statement("cos:PutObject", two))
    code, out, err = call("policy", "diff", "x.json", "y.json")
    assert code in (0, 1, 3), err
    assert all(line.isprintable() for line in (out + err).split("\n"))
    for arguments in again(out):
        assert arguments[:2] == ["policy", "simulate"] and len(arguments) == 7
