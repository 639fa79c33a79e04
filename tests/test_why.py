"""`cosaudit why`, the core: recorded messages, near misses, what is read out of a text, what a configuration says."""

from __future__ import annotations

import html
import json
import re
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data, why
from cosaudit.audit import Report, audit
from cosaudit.config import policy as policies
from cosaudit.config.load import load
from cosaudit.config.reader import Reader
from cosaudit.model import GATES, Form
from cosaudit.report import why as report
from cosaudit.report.plain import Paint
from cosaudit.rules import rules

ORACLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "oracles" / "why" / "messages.yaml").read_text("utf-8")
)
MESSAGES = [(row["text"], row["finds"]) for part in ("failures", "cases", "words") for row in ORACLE[part]]
assert len(ORACLE["failures"]) >= 60 and len(ORACLE["cases"]) >= 20 and len(ORACLE["words"]) >= 60
TREE = data.load("why")
ENTRIES = why.entries()


def ids(text: str) -> list[str]:
    """The answers to a text."""
    return [answer.entry.id for answer in why.explain(text).answers]


# -- the recorded messages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "finds"), MESSAGES, ids=[f"{finds} {text[:30]!a}" for text, finds in MESSAGES])
def test_every_recorded_message_finds_its_own_entry(text: str, finds: str) -> None:
    """Among the first three, and the cause that it had is among the causes."""
    entry, _, cause = finds.partition("/")
    found = {answer.entry.id: answer for answer in why.explain(text).answers[:3]}

    assert entry in found
    assert cause in [one.cause.id for one in found[entry].causes]


def test_the_recorded_messages_are_counted(record_property: Any) -> None:
    """What a run prints at its end; and most causes stand among the first three of their entry."""
    first = 0
    for text, finds in MESSAGES:
        entry, _, cause = finds.partition("/")
        answer = next(one for one in why.explain(text).answers if one.entry.id == entry)
        first += cause in [one.cause.id for one in answer.causes[:3]]

    record_property("compared why", len(MESSAGES))
    assert first > len(MESSAGES) * 0.8


@pytest.mark.parametrize("row", ORACLE["others"], ids=lambda row: row["text"])
def test_what_is_quoted_but_no_message_is_never_answered_with_certainty(row: dict[str, str]) -> None:
    """A key, a word, a piece of code."""
    assert not any(answer.certain for answer in why.explain(row["text"]).answers)


def _wrapped(text: str) -> str:
    return "\n".join(text[at : at + 17] for at in range(0, len(text), 17))


FORMS = {
    "upper case": str.upper,
    "lower case": str.lower,
    "in JSON": json.dumps,
    "in JSON in JSON": lambda text: json.dumps(json.dumps({"message": text})),
    "in a URL": urllib.parse.quote,
    "in HTML": lambda text: html.escape(html.escape(text)),
    "broken by a terminal": _wrapped,
    "with more blanks": lambda text: text.replace(" ", " \u00a0\t "),
    "in full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "in colour": lambda text: f"\x1b[31m{text}\x1b[0m",
    "in a log": lambda text: f"12:00:01 ERROR [main] something before: {text} (and after)",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "text",
    [
        "uploadFile:fail url not in domain list",
        "You are denied by bucket referer rule",
        "<Error><Code>SignatureDoesNotMatch</Code></Error>",
        "https://x.example.com 不在以下 uploadFile 合法域名列表中",
        "Condition key q-ak doesn't match the value [x]",
        "Error: ForcePathStyle is not supported",
        "InvalidParameter.GrantOtherResource",
    ],
)
def test_a_message_is_known_in_every_dress(text: str, form: str) -> None:
    """Letter case, escapes on top of each other, line breaks in the middle of a word, colours."""
    assert ids(FORMS[form](text))[:1] == ids(text)[:1] != []


@pytest.mark.parametrize(
    "text",
    [
        "the url is in the domain list",
        "url not in domain listing",
        "curl not in domain list",
        "AccessDeniedException",
        "Access denied for user 'root'@'localhost'",
        "there is no such key in the drawer",
        "NoSuchKeyboard",
        "MySignatureDoesNotMatchAtAll",
        "q-key-time=1;2&q-header-list=host",
        "room 403b",
        "call 600002333",
        "Condition " + "x" * 400 + " doesn't match",
        "signature",
        "CORS",
        "",
    ],
)
def test_what_only_looks_like_a_message_is_none(text: str) -> None:
    """Near misses: another word, a longer word, a piece too far away."""
    found = why.explain(text)

    assert found.answers == ()
    assert found.question is not None


def test_a_general_message_gives_way_to_the_one_that_says_more() -> None:
    """AccessDenied with `Request has expired` is the latter; a bare 403 counts only alone."""
    assert ids("<Code>AccessDenied</Code><Message>Request has expired</Message>") == ["cos-expired"]
    assert ids("403 SignatureDoesNotMatch") == ["cos-signature"]
    assert ids("status code: 403") == ["status-403"]


def test_a_paste_with_two_failures_tells_both() -> None:
    """A log holds what it holds."""
    assert set(ids("uploadFile:fail url not in domain list\n<Code>NoSuchBucket</Code>")) == {
        "wechat-not-listed",
        "cos-no-bucket",
    }


def test_words_in_the_text_bring_a_cause_first() -> None:
    """The address itself tells which of the causes it is."""

    def first(text: str) -> str:
        return why.explain(text).answers[0].causes[0].cause.id

    assert first("request:fail url not in domain list:101.36.73.140") == "cannot-be-listed"
    assert first("request:fail url not in domain list:m-1250000000.cos.accelerate.myqcloud.com") == "acceleration-host"
    assert first("request:fail url not in domain list:m-1250000000.cos.ap-beijing.tencentcos.cn") == "backup-host"
    assert first("downloadFile:fail url not in domain list") == "download-box"
    assert first("request:fail url not in domain list") == "not-in-box"


def test_another_store_of_objects_may_answer_in_the_same_words() -> None:
    """With a host that is not COS's own nothing of COS is certain; what WeChat says stays so."""
    assert not why.explain("https://b.s3.amazonaws.com/a NoSuchBucket").answers[0].certain
    assert why.explain("https://m-1250000000.cos.ap-beijing.myqcloud.com/a NoSuchBucket").answers[0].certain
    assert why.explain("request:fail url not in domain list:api.example.com").answers[0].certain


# -- what is read out of a text ---------------------------------------------------------------------------------------

XML = (
    "<?xml version='1.0' encoding='utf-8' ?><Error><Code>AccessDenied</Code><Message>Access Denied.</Message>"
    "<Resource>media-1250000000.cos.ap-guangzhou.myqcloud.com/avatars/o1/a.jpg</Resource>"
    "<RequestId>NWQzMWE1M2RfMTlhYTk0MGFfYjc1Zl8yODc3ZDA=</RequestId><TraceId>OGVmYzZiMmQz</TraceId></Error>"
)
READ = {
    "host": "media-1250000000.cos.ap-guangzhou.myqcloud.com", "form": "bucket", "bucket": "media-1250000000",
    "region": "ap-guangzhou", "key": "avatars/o1/a.jpg", "code": "AccessDenied",
    "request_id": "NWQzMWE1M2RfMTlhYTk0MGFfYjc1Zl8yODc3ZDA=",
}  # fmt: skip


def given_fields(text: str) -> dict[str, Any]:
    """What was read, without what was not there."""
    return {name: value for name, value in why.read(text)[0]._asdict().items() if value is not None}


@pytest.mark.parametrize("dress", ["{}", "{}\n", "html", "json"])
def test_the_answer_of_cos_is_taken_apart(dress: str) -> None:
    """Bucket, region, key and request, however it was escaped."""
    text = {"html": html.escape(XML), "json": json.dumps({"data": XML, "x": 1})}.get(dress, dress.format(XML))

    assert given_fields(text) == READ


def test_an_error_object_of_an_sdk_is_taken_apart() -> None:
    """As JSON, and as a console prints it."""
    error = {"Code": "NoSuchKey", "Resource": "media-1250000000.cos.ap-guangzhou.myqcloud.com/a.jpg"}
    known = {"status": 404, "code": "NoSuchKey", "bucket": "media-1250000000", "region": "ap-guangzhou", "key": "a.jpg"}

    assert known.items() <= given_fields(json.dumps({"statusCode": 404, "error": error})).items()
    printed = "{statusCode: 404, error: {Code: 'NoSuchKey', Resource: '" + error["Resource"] + "'}}"
    assert known.items() <= given_fields(printed).items()


def test_a_line_of_a_console_is_taken_apart() -> None:
    """The page is not taken for the host, nor is a manual."""
    line = (
        "Access to XMLHttpRequest at 'https://media-1250000000.cos.ap-guangzhou.myqcloud.com/a%20b.jpg?x=1' from "
        "origin 'https://www.example.com' has been blocked by CORS policy: Request header field x-cos-sdk-retry is not "
        "allowed by Access-Control-Allow-Headers in preflight response."
    )
    found = given_fields(line)
    assert (found["origin"], found["header"], found["key"]) == ("https://www.example.com", "x-cos-sdk-retry", "a b.jpg")
    assert found["host"] == READ["host"]
    tools = "https://x.example.com 不在以下 uploadFile 合法域名列表中，请参考文档：https://developers.weixin.qq.com/a.html"
    assert given_fields(tools) == {"api": "uploadFile", "list": "uploadFile", "host": "x.example.com", "form": "custom"}


def test_an_address_that_a_terminal_broke_is_put_together() -> None:
    """The host only: where the key ends cannot be told then."""
    found = given_fields("PUT https://media-1250000000.cos.ap-guang\nzhou.myqcloud.com/a.jpg 403 (Forbidden)")

    assert (found["host"], found.get("key"), found["method"]) == (READ["host"], None, "PUT")


def test_calls_and_numbers_are_read() -> None:
    """errMsg, errno, status."""
    assert given_fields("{errno: 600002, errMsg: 'uploadFile：fail x'}") == {
        "api": "uploadFile", "list": "uploadFile", "errno": 600002,
    }  # fmt: skip
    assert given_fields("getImageInfo:fail x")["list"] == "downloadFile"
    assert given_fields("HTTP/1.1 403 Forbidden") == {"status": 403}
    assert given_fields("请求失败；状态码：404") == {"status": 404}


SECRET = "Zk8sJ3hVbQx7Lm2TnRw4YcPd9FgKe6Ua"
SECRETS = [
    f"SecretKey: '{SECRET}' AccessDenied",
    f'{{"TmpSecretKey":"{SECRET}","sessionToken":"{SECRET}"}} AccessDenied',
    f"https://media-1250000000.cos.ap-guangzhou.myqcloud.com/a?q-signature={SECRET}&x-cos-security-token={SECRET} 403",
    f"https://media-1250000000.cos.ap-guangzhou.myqcloud.com/token={SECRET}/a.jpg 403",
    f"<SecretKey>{SECRET}</SecretKey><Resource>/{SECRET}/a</Resource>",
    f"Authorization: q-sign-algorithm=sha1&q-ak=AKID{SECRET}&q-signature={SECRET} NoSuchKey",
    f"https://AKID{SECRET}.cos.ap-guangzhou.myqcloud.com/AKID{SECRET} NoSuchBucket",
    urllib.parse.quote(f"x-cos-security-token={SECRET}&key=1 SignatureDoesNotMatch", safe=""),
    f"request:fail url not in domain list:user:{SECRET}@api.example.com SecretKey={SECRET}",
    json.dumps(json.dumps({"SecurityToken": SECRET, "Code": "ExpiredToken"})),
    f"RequestId: {SECRET} secretKey={SECRET} AccessDenied",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_that_was_pasted_never_comes_out(text: str) -> None:
    """Neither as text nor as JSON."""
    found = why.explain(text)

    assert SECRET not in report.as_json(found)
    assert SECRET not in report.render(found, None, 100, Paint(False))
    assert SECRET.lower() not in repr(found.found).lower()


# -- any text ---------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "\x1b[31m", "\\u001b[2J", "%1b%5d", "&#27;[1m", "\u202e", "https://", ".myqcloud.com/", "\ud800", "\\ud83d",
        "::error::",
    ]
)  # fmt: skip


@given(st.text(max_size=200) | st.lists(st.text(max_size=8) | PIECES, max_size=30).map("".join))
def test_random_text_is_never_answered_with_certainty(text: str) -> None:
    """Nor does it crash; and whatever comes out prints, with no escape of a terminal in it."""
    found = why.explain(text)

    assert not any(answer.certain for answer in found.answers)
    assert (found.question is None) == bool(found.answers)
    for line in report.render(found, "c.yaml", 80, Paint(False)).split("\n"):
        assert line.isprintable(), line
    json.loads(report.as_json(found))


@pytest.mark.parametrize("escape", ["\x1b]0;x\x07", "\\u001b[31m", "%1b[31m", "&#x1b;[31m", "\u202e", "\r"])
def test_escapes_in_what_is_shown_again_are_made_harmless(escape: str) -> None:
    """In the key, which is the freest thing that is shown."""
    text = f"<Code>NoSuchKey</Code><Resource>media-1250000000.cos.ap-guangzhou.myqcloud.com/a{escape}b</Resource>"
    shown = report.render(why.explain(text), None, 80, Paint(False))

    assert "a" in shown
    assert all(line.isprintable() for line in shown.split("\n"))


HOSTILE = [
    "condition key " * 80_000,
    "doesn't match" * 80_000,
    "condition key " * 40_000 + "doesn't match" * 40_000,
    "a" * 1_000_000,
    "&amp;" * 200_000,
    "%25" * 350_000,
    "\\" * 1_000_000,
    "https://" * 125_000,
    "a." * 500_000 + "myqcloud.com",
    "token=" * 170_000,
    "-1" * 500_000,
    "<Code>" * 170_000,
    "\x1b[" * 500_000,
    "\u0301" * 1_000_000,
    " \n" * 500_000,
    "preflight 40" * 90_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_a_hostile_megabyte_is_cut_and_looked_through_once_for_each_word(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work is bounded: each literal word is looked for once, and its places are passed in one direction only."""
    asked = places = 0
    original = why.Text.occurrences

    def counted(self: why.Text, piece: str) -> Any:
        nonlocal asked, places
        asked += 1
        before = -1
        for at in original(self, piece):
            assert at > before
            before = at
            places += 1
            yield at

    monkeypatch.setattr(why.Text, "occurrences", counted)
    found = why.explain(text)
    pieces = sum(
        len(one.pieces)
        for entry in ENTRIES
        for one in (*entry.patterns, *entry.raw, *[one for of in entry.causes for one in (*of.signs, *of.against)])
    ) + sum(map(len, (*TREE["words_of"].values(), *TREE["sizes"].values())))

    assert found.cut
    assert asked <= pieces
    assert all(len(one.squeezed) <= 4 * (why.HEAD + why.TAIL) for one in why.read(text)[1:])
    assert places <= asked * 4 * (why.HEAD + why.TAIL)


def test_no_expression_of_the_module_repeats_without_bound() -> None:
    """Each repeat has an end, and none stands in another: the work grows with the text alone."""
    import re._constants as constants  # the parser of the standard library's own re
    import re._parser as parser

    def repeats(tree: Any, inside: int) -> list[int]:
        found = []
        for operation, value in tree:
            if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
                _, most, below = value
                assert most is not constants.MAXREPEAT
                assert inside == 1 or most == 1, "a repeat inside a repeat"
                found += [int(most), *repeats(below, max(inside, int(most)))]
            elif operation is constants.SUBPATTERN:
                found += repeats(value[3], inside)
            elif operation is constants.BRANCH:
                found += [one for branch in value[1] for one in repeats(branch, inside)]
            elif operation in (constants.ASSERT, constants.ASSERT_NOT):
                found += repeats(value[1], inside)
        return found

    expressions = [
        one
        for value in vars(why).values()
        for one in (value if isinstance(value, tuple) else (value,))
        if isinstance(one, re.Pattern)
    ]
    assert len(expressions) > 15
    assert max(most for one in expressions for most in repeats(parser.parse(one.pattern, one.flags), 1)) <= 8192


def test_a_message_at_either_end_of_a_long_log_is_found() -> None:
    """Both ends are read, and it is said that the middle was not."""
    filler = "12:00:01 nothing to see here\n" * 40_000
    for text in (f"NoSuchBucket\n{filler}", f"{filler}NoSuchBucket"):
        found = why.explain(text)
        assert [answer.entry.id for answer in found.answers] == ["cos-no-bucket"]
        assert "only its beginning and its end were read" in report.render(found, None, 80, Paint(False))


# -- the data ---------------------------------------------------------------------------------------------------------


def test_ids_of_entries_and_causes_are_unique() -> None:
    """An entry is named by one id; a cause by one in its entry."""
    assert len(ENTRIES) > 50
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)
    for entry in ENTRIES:
        assert len({cause.id for cause in entry.causes}) == len(entry.causes) > 0
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id)


def test_rules_facts_gates_and_entries_that_the_data_names_exist() -> None:
    """A rule is proof where its own gate decides, one on CORS at both its gates; it proves one cause of an entry."""
    cors = ("preflight", "response")
    known, facts = rules(), data.facts()
    for entry in ENTRIES:
        assert entry.gate in GATES, entry.id
        assert set(entry.covers) <= {one.id for one in ENTRIES} - {entry.id}, entry.id
        assert set(entry.forms) <= {form.value for form in Form}, entry.id
        assert entry.platform in (None, "wechat-miniprogram", "web"), entry.id
        named = [rule for cause in entry.causes for rule in cause.rules]
        assert len(named) == len(set(named)), entry.id
        for cause in entry.causes:
            assert cause.gate is None or cause.gate in GATES, (entry.id, cause.id)
            assert set(cause.facts) <= set(facts), (entry.id, cause.id)
            assert set(cause.rules) <= set(known), (entry.id, cause.id)
            gates = {known[rule].gate for rule in cause.rules}
            here = {*cors} if cause.gate in cors else {cause.gate}
            assert cause.gate is None or gates <= here, (entry.id, cause.id)
    assert {gate for question in why.questions() for gate in question.gates} <= set(GATES)


def test_every_source_is_used_and_every_entry_has_one() -> None:
    """Nothing is said that nobody said before."""
    used = [key for row in TREE["entries"] for key in row["source"]]

    assert set(used) == set(TREE["sources"])
    assert all(row["source"] for row in TREE["entries"])


KEYS = {
    "entry": {"id", "title", "gate", "certain", "platform", "texts", "codes", "errno", "status", "forms", "raw", "weak",
              "server", "covers", "source", "causes"},
    "cause": {"id", "says", "check", "mend", "gate", "rules", "facts", "signs", "ip", "large",
              "against", "elsewhere"},
}  # fmt: skip


def test_the_data_has_no_key_that_nobody_reads() -> None:
    """A misspelled key would be dropped in silence."""
    for row in TREE["entries"]:
        assert set(row) <= KEYS["entry"], row["id"]
        for cause in row["causes"]:
            assert set(cause) <= KEYS["cause"], (row["id"], cause["id"])


def test_patterns_are_literal_words_of_bounded_length() -> None:
    """No empty piece, which would stand everywhere, and no long row of pieces."""
    for entry in ENTRIES:
        some = (*entry.patterns, *entry.raw, *[sign for cause in entry.causes for sign in cause.signs])
        for one in some:
            assert 1 <= len(one.pieces) <= 3, (entry.id, one)
            assert all(3 <= len(piece) <= 100 for piece in one.pieces), (entry.id, one)
        for one in entry.patterns:
            # a Chinese character says as much as three letters
            assert len("".join(one.pieces).encode()) >= 6, (entry.id, one)


@pytest.mark.parametrize("row", TREE["entries"], ids=lambda row: row["id"])
def test_every_text_of_an_entry_finds_it(row: dict[str, Any]) -> None:
    """Alone, it is the first answer, or the one that says more of the same comes first."""
    texts = [text.replace(" * ", " x ") for text in (*row.get("texts", ()), *row.get("codes", ()), *row.get("raw", ()))]
    texts += [f"errno: {number}" for number in row.get("errno", ())] + [f"{one} " for one in row.get("status", ())]

    assert texts or row.get("forms")
    for text in texts:
        found = ids(text)
        covering = {entry.id for entry in ENTRIES if row["id"] in entry.covers}
        assert row["id"] in found or covering & set(found), (text, found)


def test_no_word_of_ours_stands_in_what_people_read() -> None:
    """Gate, flow, excess are words of the code."""
    for row in TREE["entries"]:
        shown = [row["title"], *[cause[name] for cause in row["causes"] for name in ("says", "check", "mend")]]
        for text in shown:
            assert not re.search(r"\b(gates?|flows?|excess|verdict|preflight gate)\b", text, re.I), text
            assert text.strip() == text and not text.endswith("."), text


def columns(line: str) -> int:
    """Columns of a terminal: Chinese takes two."""
    return len(line) + sum(ord(char) > 0x2E80 for char in line)


@pytest.mark.parametrize("text", [text for text, _ in MESSAGES])
def test_lines_keep_to_80_columns(text: str) -> None:
    """But for what cannot be broken: a command, an address."""
    for line in report.render(why.explain(text), None, 80, Paint(False)).splitlines():
        assert columns(line) <= 80 or len(line.split()) == 1, line


def test_what_we_print_ourselves_is_in_gbk() -> None:
    """Half of these people sit before a Chinese console."""
    for entry in ENTRIES:
        for text in (entry.title, *[part for one in entry.causes for part in (one.says, one.check, one.mend)]):
            text.encode("gbk")


# -- with a configuration ---------------------------------------------------------------------------------------------

HEAD = """
buckets: [{name: media-1250000000, region: ap-guangzhou}]
clients:
  - name: shop
    platform: wechat-miniprogram
    sdk: cos-wx-sdk-v5@1.8.0
    endpoints: [https://api.example.com/sts]
    allowlist:
      request: [https://api.example.com]
      uploadFile: [UPLOAD]
uploads:
  - {name: avatar, client: shop, bucket: media-1250000000, operation: postObject, key: "avatars/{openid}/{file}",
     session: k}
sessions:
  - name: k
    policy: {version: "2.0", statement: [{effect: allow, action: [ACTION],
             resource: ["qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/avatars/*"]}]}
"""
MEDIA = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
WRONG = "https://media-1250000000.cos.ap-shanghai.myqcloud.com"


def audited(tmp_path: Path, upload: str = WRONG, action: str = "name/cos:PutObject", more: str = "") -> Report:
    """A configuration, audited."""
    file = tmp_path / "c.yaml"
    file.write_text(HEAD.replace("UPLOAD", upload).replace("ACTION", action) + more, "utf-8")
    reader = Reader()
    return audit(load(str(file), reader), policies.load("default", reader))


def answer(text: str, of: Report) -> dict[str, why.Judgement]:
    """Cause → what is said of it, in order, of the first answer."""
    return {one.cause.id: one for one in why.explain(text, of.run, of.findings).answers[0].causes}


def test_a_host_that_lacks_in_the_list_is_proven_with_its_line(tmp_path: Path) -> None:
    """The list, the host and the place come from the finding."""
    found = answer("uploadFile:fail url not in domain list", audited(tmp_path))
    first = next(iter(found.values()))

    assert (first.cause.id, first.state) == ("not-in-box", "proven")
    (finding,) = first.findings
    assert finding.place.line == 10
    assert MEDIA in finding.message and "uploadFile list" in finding.message
    assert found["backup-host"].state == found["cannot-be-listed"].state == "excluded"
    assert "another reason" in (found["backup-host"].reason or "")


def test_a_list_that_holds_the_host_is_struck_out_and_the_phones_memory_comes_first(tmp_path: Path) -> None:
    """What the configuration excludes goes last."""
    found = answer("uploadFile:fail url not in domain list", audited(tmp_path, upload=MEDIA))

    assert next(iter(found)) == "phone-keeps-old-list"
    assert found["not-in-box"].state == found["other-box"].state == "excluded"
    assert list(found.values())[-1].state == "excluded"


def test_another_list_is_not_taken_for_the_one_of_the_message(tmp_path: Path) -> None:
    """The uploadFile list lacks a host; a message about wx.request is about the key service, which is listed."""
    found = answer("request:fail url not in domain list", audited(tmp_path))

    assert found["not-in-box"].state == "excluded"


def test_a_host_that_the_configuration_does_not_have_strikes_nothing_out(tmp_path: Path) -> None:
    """It says so: the version that runs may be another one."""
    report_ = audited(tmp_path)
    found = why.explain("uploadFile:fail url not in domain list:other.example.com", report_.run, report_.findings)

    assert {one.state for one in found.answers[0].causes} == {"open"}
    assert any("no request to other.example.com" in note for note in found.notes)


def test_a_list_that_is_not_described_leaves_the_cause_open_and_names_the_field(tmp_path: Path) -> None:
    """What to add to the configuration."""
    more = "downloads:\n  - {name: d, client: shop, bucket: media-1250000000, operation: downloadFile, key: x}\n"
    found = answer("downloadFile:fail url not in domain list", audited(tmp_path, more=more))

    assert found["not-in-box"].state == "open"
    assert found["not-in-box"].reason == "`clients[0].allowlist.downloadFile` is not described"


def test_an_action_that_lacks_is_proven_and_the_rest_of_the_policy_struck_out(tmp_path: Path) -> None:
    """PutObject is granted, and wx.uploadFile is PostObject."""
    found = answer("403 AccessDenied", audited(tmp_path))

    assert next(iter(found)) == "action-missing"
    assert found["action-missing"].state == "proven"
    assert [one.rule for one in found["action-missing"].findings] == ["session-missing-action"]
    assert found["key-outside"].state == "excluded"
    assert found["issuer"].state == "open" and found["issuer"].reason == "`sessions[0].issuer` is not described"
    assert found["token-not-sent"].state == "open"


def test_a_policy_that_suffices_strikes_its_causes_out(tmp_path: Path) -> None:
    """What is left lies outside of it."""
    found = answer("403 AccessDenied", audited(tmp_path, action="name/cos:PostObject"))

    assert {found[id].state for id in ("action-missing", "key-outside", "condition", "session-deny")} == {"excluded"}
    assert next(iter(found)) == "token-not-sent"


def test_a_key_of_another_form_is_told(tmp_path: Path) -> None:
    """The key in COS's answer against the templates of the configuration."""
    report_ = audited(tmp_path)
    own = why.explain(XML, report_.run, report_.findings)
    other = why.explain(XML.replace("avatars/o1/a.jpg", "1.jpg"), report_.run, report_.findings)

    assert own.notes == ()
    assert any("a key of this form" in note for note in other.notes)


def test_a_configuration_that_excludes_every_cause_is_doubted(tmp_path: Path) -> None:
    """The SDK refused an option that the configuration does not have: another version runs."""
    report_ = audited(tmp_path)
    found = why.explain("Error: ForcePathStyle is not supported", report_.run, report_.findings)

    assert [one.state for one in found.answers[0].causes] == ["excluded"]
    assert any("is it of the version that runs" in note for note in found.notes)


def test_a_refused_option_is_proven(tmp_path: Path) -> None:
    """The place is the option's."""
    file = tmp_path / "c.yaml"
    text = HEAD.replace("UPLOAD", MEDIA).replace("ACTION", "name/cos:PostObject")
    file.write_text(text.replace("endpoints:", "options: {ForcePathStyle: true}\n    endpoints:"), "utf-8")
    reader = Reader()
    report_ = audit(load(str(file), reader), policies.load("default", reader))
    found = answer("Error: ForcePathStyle is not supported", report_)

    assert found["option-removed"].state == "proven"
    assert found["option-removed"].findings[0].place.line == 7


def test_a_policy_that_is_too_long_proves_what_sts_says(tmp_path: Path) -> None:
    """A finding about a policy's form is of no request."""
    long = ",".join(f'"name/cos:Put{"x" * 60}{number}"' for number in range(120))
    found = answer("InvalidParameter.PolicyTooLong", audited(tmp_path, action=long))

    assert found["length"].state == "proven"


def test_what_sts_answers_is_about_the_server_whatever_host_is_named(tmp_path: Path) -> None:
    """The client never calls STS, so its host is none of the configuration's."""
    report_ = audited(tmp_path)
    text = "POST https://sts.tencentcloudapi.com/ InvalidParameter.GrantOtherResource"
    found = why.explain(text, report_.run, report_.findings)

    assert found.notes == ()
    assert found.answers[0].causes[0].reason == "`sessions[0].issuer` is not described"


def test_a_call_that_ends_well_for_wechat_and_badly_for_cos_is_of_its_api(tmp_path: Path) -> None:
    """errMsg is uploadFile:ok for every status."""
    text = '{"errMsg":"uploadFile:ok","statusCode":403,"data":"<Code>AccessDenied</Code>"}'

    assert given_fields(text)["list"] == "uploadFile"
    assert answer(text, audited(tmp_path))["action-missing"].state == "proven"


def test_many_findings_are_matched_with_many_requests_in_one_pass_each(tmp_path: Path) -> None:
    """Each gate is looked through once, however many findings there are: the cost is linear."""
    passes = 0

    class Rows(list):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            nonlocal passes
            passes += 1
            return super().__iter__()

    report_ = audited(tmp_path)
    stopped = why._Stopped(Rows(report_.run.judged))
    told = [one for one in report_.findings * 500 if stopped.are_told_by(one)]

    assert len(told) >= 500
    assert passes <= len(GATES)


def test_a_web_message_finds_no_web_client_here(tmp_path: Path) -> None:
    """A Mini Program has no CORS, so nothing of it is judged."""
    report_ = audited(tmp_path)
    found = why.explain("blocked by CORS policy", report_.run, report_.findings)

    assert any("describes no web client" in note for note in found.notes)
    assert {one.state for one in found.answers[0].causes} == {"open"}


# -- the question -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("it does not work", "debugging"),
        ("wx.uploadFile 真机 nothing happens", "debugging"),
        ("XMLHttpRequest hangs", "sizes"),
        ("https://media-1250000000.cos.ap-guangzhou.myqcloud.com/a status: 500", "public"),
    ],
)
def test_an_unknown_text_is_answered_with_the_question_that_halves_the_causes(text: str, asked: str) -> None:
    """Debugging for Mini Programs, sizes for pages, rights once COS has answered."""
    found = why.explain(text)

    assert found.answers == () and found.question is not None
    assert found.question.id == asked


def test_no_other_question_would_leave_fewer_causes() -> None:
    """Counted over all causes that the text leaves, by hand."""
    found, clear, _ = why.read("it does not work")
    left = set(why._candidates(found, why._platform(found, clear), []))
    asked = why.explain("it does not work").question
    assert asked is not None and len(left) > 80

    def worst(question: why.Question) -> int:
        yes = [one for one in left if question.speaks_for(*one)]
        return max(len(yes), len(left) - len(yes))

    assert worst(asked) == min(worst(one) for one in why.questions() if not one.answered)


def test_a_configuration_moves_the_question_on(tmp_path: Path) -> None:
    """The domain lists are known to be right, so the debugging switch tells nothing more."""
    good = audited(tmp_path, upload=MEDIA)
    assert why.explain("it does not work", good.run, good.findings).question == next(
        one for one in why.questions() if one.id == "sizes"
    )
    assert any("cosaudit check" in note for note in why.explain("hm", good.run, good.findings).notes)


PAGE = """
buckets:
  - {{name: m-1250000000, region: ap-beijing, acl: private, cors: {cors}}}
clients:
  - {{name: page, platform: web, sdk: {sdk}, origins: ["https://www.example.com"]{client}}}
uploads:
  - {{name: v, client: page, bucket: m-1250000000, operation: {operation}, key: "v/{{f}}", max_size: {size}{upload}}}
"""
GOOD = "{origins: ['https://www.example.com'], methods: [GET, POST, PUT], headers: ['*'], expose: [ETag], max_age: 60}"
OPEN = "{origins: ['*'], methods: [GET, POST, PUT], headers: ['*'], max_age: 60}"


def page(cors: str = f"[{GOOD}]", client: str = "", operation: str = "uploadFile", upload: str = "") -> str:
    """A web page that uploads; by hand where the operation is not the SDK's."""
    sdk = "cos-js-sdk-v5@1.10.1" if operation == "uploadFile" else "none"
    size = "9MiB" if operation == "uploadFile" else "6GiB" if operation == "putObject" else "1MiB"
    return PAGE.format(cors=cors, client=client, operation=operation, upload=upload, sdk=sdk, size=size)


_METHOD = ", signer: server, signature: {method: put, key: permanent}"
_HEADER = ", signer: server, signature: {method: post, path: /, headers: [host, x-not-sent], key: permanent}"


@pytest.mark.parametrize(
    ("message", "written", "cause", "rule"),
    [
        ("This CORS request is not allowed", page("[]"), "no-rule", "cors-no-rules"),
        ("This CORS request is not allowed", page(f"[{GOOD.replace('www', 'x')}]"), "no-rule", "cors-origin-missing"),
        ("Did not find method in CORS header", page(f"[{GOOD.replace('PUT', 'HEAD')}]"), "method",
         "cors-method-missing"),
        ("Request header field x-cos-sdk-retry is not allowed by Access-Control-Allow-Headers",
         page(f"[{GOOD.replace('*', 'authorization')}]"), "header", "cors-header-missing"),
        ("get ETag error", page(f"[{GOOD.replace('ETag', 'Date')}]"), "etag-hidden", "cors-expose-missing"),
        ("get ETag error", page(f"[{OPEN}, {GOOD}]"), "earlier-rule", "cors-rule-hidden"),
        ("No 'Access-Control-Allow-Origin' header is present", page("[]", operation="postObject"), "not-readable",
         "cors-answer-unreadable"),
        ("Mixed Content: The page", page(client=", options: {Protocol: 'http:'}"), "http-target", "mixed-content"),
        ("SignatureDoesNotMatch", page(operation="postObject", upload=_METHOD), "other-request",
         "signed-method-differs"),
        ("SignatureDoesNotMatch", page(operation="postObject", upload=_HEADER), "header-list",
         "signed-header-not-sent"),
        ("EntityTooLarge", page(operation="putObject"), "over-limit", "object-too-large"),
    ],
)  # fmt: skip
def test_a_configuration_proves_the_cause_by_the_rule_that_finds_it(
    message: str, written: str, cause: str, rule: str, tmp_path: Path
) -> None:
    """CORS, mixed content, signatures, sizes: what `check` finds is the first cause of the message."""
    path = tmp_path / "c.yaml"
    path.write_text(written, "utf-8")
    found = audit(load(str(path)), policies.load("default", Reader()))
    answer = why.explain(message, found.run, found.findings).answers[0]
    proven = next(one for one in answer.causes if one.cause.id == cause)
    assert proven.state == "proven"
    assert rule in [finding.rule for finding in proven.findings]


def test_a_hidden_rule_is_no_cause_where_nothing_is_stopped(tmp_path: Path) -> None:
    """The rule below is idle, and the one that answers exposes the ETag: the message is of something else."""
    path = tmp_path / "c.yaml"
    path.write_text(page(f"[{GOOD}, {GOOD}]"), "utf-8")
    found = audit(load(str(path)), policies.load("default", Reader()))
    assert "cors-rule-hidden" in [one.rule for one in found.findings]
    answer = why.explain("get ETag error", found.run, found.findings).answers[0]
    assert {one.state for one in answer.causes} == {"excluded"}


PAGES = (
    "Access to XMLHttpRequest at 'https://m-1250000000.cos.ap-beijing.myqcloud.com/v/a' from origin 'https://{}' "
    "has been blocked by CORS policy: {}"
)
FORM = (
    ", signer: server, signature: {method: post, path: /, headers: [host], key: permanent, form_policy: "
    "{expiration: '2030-01-01T00:00:00Z', conditions: [CONDITION, {bucket: m-1250000000}, "
    "{q-sign-algorithm: sha1}, {q-ak: AKID}, {q-sign-time: 1;2}]}}"
)

def said(written: str, message: str, tmp_path: Path) -> tuple[why.Diagnosis, dict[str, why.Judgement]]:
    """What is said of a message with a configuration: all, and the causes of the first answer."""
    path = tmp_path / "c.yaml"
    path.write_text(written, "utf-8")
    found = audit(load(str(path)), policies.load("default", Reader()))
    told = why.explain(message, found.run, found.findings)
    return told, {one.cause.id: one for one in told.answers[0].causes}


@pytest.mark.parametrize(
    ("host", "more", "lacks"),
    [
        ("www.example.com", "Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.",
         "method DELETE"),
        ("admin.example.com", "No 'Access-Control-Allow-Origin' header is present", "page at https://admin.example.com"),
        ("www.example.com", "Request header field x-foo is not allowed by Access-Control-Allow-Headers",
         "header x-foo"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("cors", [GOOD, GOOD.replace("*", "authorization")])
def test_what_no_described_request_has_is_neither_proven_nor_struck_out(
    host: str, more: str, lacks: str, cors: str, tmp_path: Path
) -> None:
    """A method, a page, a header of which the configuration says nothing."""
    told, causes = said(page(f"[{cors}]"), PAGES.format(host, more), tmp_path)
    assert {one.state for one in causes.values()} == {"open"}
    assert next(iter(causes)) != "cdn-before"
    assert any(lacks in note for note in told.notes)


def test_a_page_that_is_let_in_is_not_judged_by_the_other_page(tmp_path: Path) -> None:
    """One client, two pages: the rule takes the first alone."""
    written = page().replace('["https://www.example.com"]', '["https://www.example.com", "https://b.example.com"]')
    more = "No 'Access-Control-Allow-Origin' header is present"
    assert said(written, PAGES.format("b.example.com", more), tmp_path)[1]["no-rule"].state == "proven"
    assert said(written, PAGES.format("www.example.com", more), tmp_path)[1]["no-rule"].state == "excluded"


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("errno 1300202", "wechat-file-size"),
        ("Strict signature missing header/param that must be signed", "cos-strict-signature"),
        ("FailedOperation.CheckMFAError", "sts-mfa"),
    ],
)
def test_messages_that_were_not_known_are(text: str, entry: str) -> None:
    """A blank after errno, strict signatures, a second factor."""
    assert ids(text) == [entry]


def test_a_page_s_own_policy_is_told_with_the_backup_host_first() -> None:
    """The line of a browser; one that is not known is not asked about phones."""
    line = (
        "Refused to connect to 'https://m-1250000000.cos.ap-beijing.tencentcos.cn/a' because it violates the "
        "following Content Security Policy directive: \"connect-src 'self'\"."
    )
    (answer,) = why.explain(line).answers
    assert (answer.entry.id, answer.causes[0].cause.id) == ("browser-csp", "backup-host")
    question = why.explain("Uncaught (in promise) Error: x").question
    assert question is not None and question.platform is None


@pytest.mark.parametrize(
    ("condition", "message", "cause", "state"),
    [
        ("{Content-Type: image/png}", "Condition key content-type doesn't match", "field-differs", "proven"),
        ("{Content-Type: image/png}", "Condition key acl doesn't match", "field-differs", "open"),
        ("[content-length-range, 1, 1024]", "EntityTooLarge", "size-range", "proven"),
        ("[content-length-range, 1, 1024]", "EntityTooSmall", "size-range", "open"),
    ],
)
def test_a_form_policy_proves_only_the_field_and_the_end_that_the_message_names(
    condition: str, message: str, cause: str, state: str, tmp_path: Path
) -> None:
    """A finding about the type proves nothing of the ACL, nor a maximum that a file is too small."""
    upload = FORM.replace("CONDITION", condition) + ", min_size: 1, content_type: image/jpeg"
    _, causes = said(page(operation="postObject", upload=upload), message, tmp_path)
    assert causes[cause].state == state
    assert message != "EntityTooSmall" or "over-limit" not in causes
