"""Sessions: policies, scopes and helpers to cam policies with places; served and issuer; what contradicts itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cosaudit.cam.policy import atom, shown
from cosaudit.config.load import load
from cosaudit.config.reader import InputError, Problem
from cosaudit.model import Inventory, Place, Session

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
CLIENTS = "clients:\n  - {name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}\n"
POLICY: dict[str, Any] = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": ["name/cos:PutObject"],
            "resource": ["qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/a/{openid}/*"],
        }
    ],
}
INLINE = json.dumps(POLICY)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str) -> Inventory:
    """The inventory of a configuration's text."""
    Path("c.yaml").write_text(text, "utf-8")
    return load("c.yaml")


def wrong(text: str) -> list[Problem]:
    """The problems of a configuration's text."""
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.problems


def session(fields: str) -> Session:
    """The session with these lines of fields; they begin in line 5, column 5."""
    return read(text_of(fields)).sessions[0]


def text_of(fields: str) -> str:
    """A configuration with one session."""
    return f"{BUCKETS}sessions:\n  - name: key\n" + "".join(f"    {line}\n" for line in fields.splitlines())


def resources(found: Session) -> list[str]:
    """The resources of a session's policy as written."""
    return [shown(one.text) for statement in found.policy.statements for one in statement.resources]


def actions(found: Session) -> list[list[str]]:
    """The actions of a session's policy as written."""
    return [[one.text for one in statement.actions] for statement in found.policy.statements]


# -- policies ---------------------------------------------------------------------------------------------------------


def test_a_policy_stands_where_it_is_written() -> None:
    """Inline: in the configuration; in a file: in that file, JSON or YAML."""
    inline = session(f"policy: {INLINE}")
    assert inline.source == "policy" and inline.helper is None and inline.quirks == ()
    assert inline.policy.place == Place("c.yaml", 5, 13)
    Path("p.json").write_text(json.dumps(POLICY, indent=1), "utf-8")
    Path("p.yaml").write_text("version: '2.0'\nstatement:\n  - {effect: allow, action: '*', resource: '*'}\n", "utf-8")
    assert session("policy: p.json").policy.statements[0].actions[0].place == Place("p.json", 7, 5)
    assert session("policy: p.yaml").policy.statements[0].place == Place("p.yaml", 3, 5)
    assert inline.policy.placeholders == ("openid",)
    assert atom("openid") in inline.policy.statements[0].resources[0].areas[0].path


def test_a_version_without_quotation_marks_is_odd_in_json_only() -> None:
    """YAML people write `version: 2.0`; a service that takes JSON refuses the number."""
    text = INLINE.replace('"2.0"', "2.0")
    Path("p.json").write_text(f"\n  {text}", "utf-8")
    assert [one.code for one in session("policy: p.json").policy.oddities] == ["version-number"]
    assert session(f"policy: {text}").policy.oddities == ()


@pytest.mark.parametrize(
    ("policy", "place", "found"),
    [
        ("{}", (5, 13), "the policy has no `statement`"),
        ('{version: "2.0", statement: [{effect: allow, action: null, resource: "*"}]}', (5, 66), "the policy has null"),
        ('{version: "2.0", statement: [{effect: maybe, action: "*", resource: "*"}]}', (5, 51), "`maybe`"),
        ('{version: "2.0", statement: [{effect: deny, action: a}]}', (5, 42), "no `resource`"),
    ],
)  # fmt: skip
def test_a_policy_without_a_meaning_is_an_input_error(policy: str, place: tuple[int, int], found: str) -> None:
    """With its place, what was found and what was expected; an issuer's likewise."""
    (problem,) = wrong(text_of(f"policy: {policy}"))
    assert (problem.place.line, problem.place.column) == place
    assert found in problem.message and problem.expected
    (problem,) = wrong(text_of(f"issuer: {{kind: role, policy: {policy}}}"))
    assert found in problem.message


def test_what_is_wrong_in_a_file_is_told_once_in_that_file() -> None:
    """However many sessions name it."""
    Path("p.json").write_text('{"version": "2.0",\n "statement": [{"effect": "allow", "resource": "*"}]}', "utf-8")
    (problem,) = wrong(f"{BUCKETS}sessions:\n  - {{name: a, policy: p.json}}\n  - {{name: b, policy: p.json}}\n")
    assert str(problem.place) == "p.json:2:16"
    assert problem.line == ' "statement": [{"effect": "allow", "resource": "*"}]}'


def test_what_is_odd_stays_in_the_policy() -> None:
    """The rules speak of it."""
    found = session('policy: {version: "1.0", Statement: [{effect: Allow, action: "cos:PutObject", resource: "a"}]}')
    codes = {one.code for one in found.policy.oddities}
    assert {"version-wrong", "resource-malformed"} <= codes


def test_a_policy_that_several_name_is_read_once() -> None:
    """A file, and what stands behind an alias."""
    Path("p.json").write_text(INLINE, "utf-8")
    found = read(
        f"{BUCKETS}x-p: &p {INLINE}\nsessions:\n  - {{name: a, policy: *p}}\n  - {{name: b, policy: *p}}\n"
        "  - {name: c, policy: p.json}\n  - {name: d, policy: ./p.json, issuer: {policy: p.json}}\n"
    ).sessions
    assert found[0].policy is found[1].policy
    issuer = found[3].issuer
    assert issuer is not None
    assert found[2].policy is found[3].policy is issuer.policy
    assert found[0].policy is not found[2].policy


# -- the fields around it ---------------------------------------------------------------------------------------------


def test_a_session_has_its_fields_and_places() -> None:
    """Served and issuer with places of their own."""
    found = session(
        f"policy: {INLINE}\napi: AssumeRole\nduration: 3600\nowner: ops\n"
        "served: {url: https://api.example.com/sts, login: none, scope_from: client}\n"
        "issuer:\n  kind: sub-account\n  appid: '1250000000'\n  principal: qcs::cam::uin/1:uin/2\n"
        f"  policy: {INLINE}"
    )
    assert (found.name, found.api, found.duration, found.owner, found.index) == ("key", "AssumeRole", 3600, "ops", 0)
    assert found.at.place("duration") == Place("c.yaml", 7, 15)
    served, issuer = found.served, found.issuer
    assert served is not None and issuer is not None
    assert (served.url, served.login, served.scope_from) == ("https://api.example.com/sts", "none", "client")
    assert served.at.place("login") == Place("c.yaml", 9, 55)
    assert (issuer.kind, issuer.appid, issuer.principal) == ("sub-account", "1250000000", "qcs::cam::uin/1:uin/2")
    assert issuer.at.place("kind") == Place("c.yaml", 11, 13)
    assert issuer.policy.statements[0].allow


def test_a_bare_session_says_nothing() -> None:
    """Only its name, and the API's default."""
    found = session("")
    assert found == ("key", None, None, None, "GetFederationToken", None, None, None, None, 0, found.at, ())


def test_uploads_refer_to_sessions_by_index() -> None:
    """And `described` names none of what is judged now."""
    found = read(
        f"{BUCKETS}{CLIENTS}sessions:\n  - {{name: a}}\n  - {{name: b}}\nuploads:\n"
        "  - {name: u, client: shop, bucket: media-1250000000, operation: putObject, session: b}\n"
        "  - {name: v, client: shop, bucket: media-1250000000, operation: putObject}\n"
    )
    assert [one.session for one in found.transfers] == [1, None]
    assert not {"session", "sessions", "placeholders"} & found.described


@pytest.mark.parametrize("name", ["duration", "durationSeconds", "duration_seconds"])
def test_a_duration_in_any_spelling(name: str) -> None:
    """As the helpers write it."""
    assert session(f"policy: {INLINE}\n{name}: 900").duration == 900


# -- what contradicts itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        (f"policy: {INLINE}\nscopes: []", (4, 5), "the session has `policy` and `scopes`"),
        (f"policy: {INLINE}\nscopes: []\nhelper: qcloud-cos-sts", (4, 5), "`policy` and `scopes` and `helper`"),
        ("bucket: b-1", (5, 5), "`bucket` is an argument of a helper"),
        (f"policy: {INLINE}\nallow_prefix: a", (6, 5), "`allow_prefix` is an argument of a helper"),
        ("helper: qcloud-cos-sts\nallowPrefix: a\nallow_prefix: a", (7, 5), "`allow_prefix` and `allowPrefix` are one"),
        ("helper: qcloud-cos-sts\nallow_actions: a\nallowActions: a", (6, 5), "`allow_actions` and `allowActions`"),
        ("duration: 900\ndurationSeconds: 900", (6, 5), "`durationSeconds` and `duration` are one field"),
        ("helper: qcloud-go-sts", (5, 13), "the Go helper makes no policy of arguments: it is given one"),
        ("helper: qcloud-perl-sts", (5, 13), "unknown helper `qcloud-perl-sts`"),
        (
            "helper: cos-sts-java\nbucket: b-1\napi: AssumeRole",
            (7, 10),
            "the Java helper's call for AssumeRole takes no",
        ),
        ("duration: 30m", (5, 15), "where a number of seconds"),
        ("helper: qcloud-cos-sts@3", (5, 13), "`3` is no version of qcloud-cos-sts"),
        ("scopes: [{bucket: b-1}]", (5, 14), "a scope has no `action`"),
    ],
)
def test_what_contradicts_itself_is_told(fields: str, place: tuple[int, int], message: str) -> None:
    """At the part that a person changes."""
    (found,) = wrong(text_of(fields))
    assert (found.place.line, found.place.column) == place
    assert message in found.message and found.expected


# -- scopes ---------------------------------------------------------------------------------------------------------


def test_scopes_become_the_policy_of_get_policy() -> None:
    """In the older form, with a principal, and each part where its argument stands."""
    found = session(
        "scopes:\n  - action: name/cos:PutObject\n    bucket: a-b-1250000000\n    region: ap-guangzhou\n"
        "    prefix: a/{openid}/*\n"
        "  - {action: [name/cos:GetObject, name/cos:HeadObject], bucket: a-b-1250000000, region: r, prefix: b}"
    )
    assert found.source == "scopes" and found.quirks == ()
    assert resources(found) == [
        "qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/a-b/a/{openid}/*",
        "qcs::cos:r:uid/1250000000:prefix//1250000000/a-b/b",
    ]
    first, second = found.policy.statements
    assert first.resources[0].areas[0].path == f"a-b-1250000000/a/{atom('openid')}/*"
    assert first.principals == ("*",)
    assert first.resources[0].place == Place("c.yaml", 9, 17)
    assert first.actions[0].place == Place("c.yaml", 6, 17)
    assert second.actions[1].place == Place("c.yaml", 10, 39)
    assert second.place == Place("c.yaml", 10, 9)


def test_quirks_of_scopes_stand_at_their_arguments() -> None:
    """Missing: at the scope; odd: at the value."""
    found = session(
        "scopes:\n  - {action: name/cos:PutObject, bucket: b-1}\n  - {action: a, bucket: b, region: r, prefix: /x}"
    )
    assert [(code, place.line, place.column) for code, _, place in found.quirks] == [
        ("helper-all-regions", 6, 9),
        ("helper-writes-undefined", 6, 9),
        ("helper-splits-bucket", 7, 29),
        ("helper-double-slash", 7, 51),
    ]
    assert resources(found)[0] == "qcs::cos::uid/1:prefix//1/b/undefined"


def test_no_scopes_are_a_policy_that_grants_nothing() -> None:
    """As getPolicy makes of an empty list."""
    found = session("scopes: []")
    assert found.policy.statements == () and found.policy.document == {"version": "2.0", "statement": []}


# -- helpers ----------------------------------------------------------------------------------------------------------


def test_the_npm_helper_s_arguments_become_the_demo_s_policy() -> None:
    """With the quirk that the helper itself reads none of them; a bare name is an assumption."""
    text = text_of(
        "helper: qcloud-cos-sts\nbucket: media-1250000000\nregion: ap-guangzhou\nallowPrefix: a/{openid}/*\n"
        "allowActions: [name/cos:PutObject, name/cos:PostObject]"
    )
    inventory = read(text)
    found = inventory.sessions[0]
    assert (found.source, found.helper) == ("helper", "qcloud-cos-sts@3.1.3")
    assert actions(found) == [["name/cos:PutObject", "name/cos:PostObject"]]
    assert resources(found) == ["qcs::cos:ap-guangzhou:uid/1250000000:prefix//1250000000/media/a/{openid}/*"]
    assert found.policy.statements[0].resources[0].place == Place("c.yaml", 8, 18)
    assert found.policy.statements[0].actions[1].place == Place("c.yaml", 9, 40)
    assert [(code, place.line) for code, _, place in found.quirks] == [("helper-ignores", 5)]
    told = "sessions[0].helper: qcloud-cos-sts without a version is taken as 3.1.3, the newest recorded"
    assert told in inventory.assumptions


def test_the_first_demo_of_npm_leaves_out_a_colon() -> None:
    """So its resource has five segments and reaches nothing."""
    found = session("helper: qcloud-cos-sts@2.0.7\nbucket: b-1\nregion: r\nallowPrefix: a\nallowActions: a")
    assert resources(found) == ["qcs::cos:ruid/1:prefix//1/b/a"]
    assert found.policy.statements[0].resources[0].areas == ()
    assert [code for code, _, _ in found.quirks] == [
        "helper-ignores",
        "helper-malformed-resource",
        "helper-certificate-unchecked",
    ]


@pytest.mark.parametrize("spelling", ["allow_prefix", "allowPrefix", "allowPrefixes"])
def test_python_s_helper_writes_today_s_form(spelling: str) -> None:
    """In every spelling of its arguments; places are those of the values."""
    found = session(
        f"helper: qcloud-python-sts@3.1.6\nbucket: b-1\nregion: r\n{spelling}: [a/*, /b/*]\n"
        "allow_actions: cos:PutObject"
    )
    assert found.helper == "qcloud-python-sts@3.1.6" and found.quirks == ()
    assert resources(found) == ["qcs::cos:r:uid/1:b-1/a/*", "qcs::cos:r:uid/1:b-1/b/*"]
    column = len(f"    {spelling}: [a/*, ") + 1
    assert found.policy.statements[0].resources[1].place == Place("c.yaml", 8, column)
    assert found.policy.statements[0].principals is None


@pytest.mark.parametrize("helper", ["cos-sts-java", "cos-sts_api@3.1.1", "qcloud-cos-sts"])
def test_java_s_helper_makes_a_resource_of_each_prefix(helper: str) -> None:
    """Nothing is joined with commas; the name of the argument says which language's helper is meant."""
    fields = "bucket: b-1\nregion: r\nallowPrefixes: [a/*, /b/*]\nallowActions: [cos:PutObject]"
    inventory = read(text_of(f"helper: {helper}\n{fields}"))
    found = inventory.sessions[0]
    assert found.helper == "cos-sts-java@3.1.1" and found.quirks == ()
    assert resources(found) == ["qcs::cos:r:uid/1:b-1/a/*", "qcs::cos:r:uid/1:b-1/b/*"]
    assert found.policy.statements[0].principals is None
    if helper == "qcloud-cos-sts":
        told = (
            "sessions[0].helper: `qcloud-cos-sts` with `allowPrefixes` is taken as the Java helper, cos-sts-java@3.1.1"
        )
        assert told in inventory.assumptions


@pytest.mark.parametrize(
    ("fields", "helper"),
    [
        ("helper: qcloud-cos-sts\nallow_prefix: a", "qcloud-python-sts@3.1.6"),
        ("helper: qcloud-cos-sts\nallowPrefix: a\nallow_actions: a", "qcloud-python-sts@3.1.6"),
        ("helper: qcloud-cos-sts\nallowPrefix: a", "qcloud-cos-sts@3.1.3"),
        ("helper: qcloud-cos-sts@3.1.3\nallowPrefixes: [a]", "qcloud-cos-sts@3.1.3"),
        ("helper: qcloud-python-sts\nallowPrefixes: [a]", "qcloud-python-sts@3.1.6"),
    ],
)
def test_the_spelling_of_the_arguments_says_which_helper_is_meant(fields: str, helper: str) -> None:
    """The repository of all languages has the name of npm's package; with a version it is that package."""
    assert session(fields + "\nbucket: b-1\nregion: r").helper == helper


@pytest.mark.parametrize(
    ("written", "seconds"), [("30m", 1800), ("2h", 7200), ("900s", 900), ("1d", 86400), ("15 M", 900)]
)
def test_a_length_of_time_is_hinted_at_in_seconds(written: str, seconds: int) -> None:
    """The field takes seconds, as STS does."""
    (problem,) = wrong(text_of(f"policy: {INLINE}\nduration: {written}"))
    assert problem.help == f"`{written}` is written `{seconds}`"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ("helper: cos-sts-java\nbucket: b-1\nregion: r\nallowPrefixes: [a]", ["helper-fails"]),
        ("helper: cos-sts-java\nbucket: b-1\nallowPrefixes: [a]\nallowActions: [a]", ["helper-fails"]),
        ("helper: qcloud-cos-sts@3.1.3\nbucket: b-1", ["helper-ignores", "helper-writes-undefined",
         "helper-writes-undefined", "helper-sends-no-action"]),
        ("helper: qcloud-cos-sts@3.1.3", ["helper-ignores", "helper-fails"]),
        ("helper: qcloud-python-sts@3.1.6\nbucket: b-1\nregion: r\nallow_prefix: a", ["helper-sends-no-action"]),
        ("helper: qcloud-python-sts@3.1.6\nbucket: b-1", ["helper-fails"]),
        ("scopes: [{action: [], bucket: b-1, region: r, prefix: a}]", ["helper-sends-no-action"]),
    ],
)  # fmt: skip
def test_a_helper_that_sends_no_policy_with_a_meaning_is_no_input_error(fields: str, codes: list[str]) -> None:
    """STS makes no key of it: a policy without statements and the reason, for the gate to say."""
    found = session(fields)
    assert [code for code, _, _ in found.quirks] == codes
    assert found.policy.statements == () and found.policy.oddities == ()
    assert all(place.file == "c.yaml" and place.line >= 5 for _, _, place in found.quirks)


def test_an_old_helper_cannot_take_on_a_role() -> None:
    """The session's `api` goes with the helper."""
    fields = "bucket: b-1\nregion: r\nallowPrefix: a\nallowActions: a\napi: AssumeRole"
    found = session(f"helper: qcloud-cos-sts@3.0.6\n{fields}")
    assert [code for code, _, _ in found.quirks] == ["helper-fails"] and found.policy.statements == ()
    assert len(session(f"helper: qcloud-cos-sts@3.1.0\n{fields}").policy.statements) == 1


def test_what_scopes_cannot_mean_is_an_input_error() -> None:
    """With the place of the argument: here a bucket with too many stars for its readings."""
    (found,) = wrong(
        text_of(f"scopes: [{{action: a, bucket: '{'*a' * 40}-{'*' * 3}{'b*' * 40}', region: r, prefix: a}}]")
    )
    assert found.place.line == 5 and found.message.startswith("the policy has ")
