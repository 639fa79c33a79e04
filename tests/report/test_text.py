"""The report of `check` as text: what has a column, what is said to be too wide, what is said to be missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.audit import Report, audit
from cosaudit.config.load import load
from cosaudit.config.policy import load as load_policy
from cosaudit.config.reader import Reader
from cosaudit.model import GATES
from cosaudit.report import text
from cosaudit.report.plain import Paint

SHOP = "- {name: shop, platform: wechat-miniprogram}"
PAGE = '- {name: page, platform: web, origins: ["https://www.example.com"]}'


def config(*clients: str, bucket: str = "", uploads: str = "", sessions: str = "") -> str:
    """A configuration of one bucket, with an upload of each client unless others are given."""
    names = [re.search(r"name: (\w+)", client)[1] for client in clients]  # type: ignore[index]
    some = uploads or "\n".join([f"  - {{name: of-{name}, client: {name}, {UPLOAD}}}" for name in names])
    return (
        f"buckets:\n  - {{name: media-1250000000, region: ap-guangzhou, {bucket}}}\nclients:\n"
        + "".join([f"  {client}\n" for client in clients])
        + f"{sessions}uploads:\n{some}\n"
    )


UPLOAD = 'bucket: media-1250000000, operation: postObject, key: "p/{openid}/{file}", max_size: 1MiB'


@pytest.fixture
def audited(tmp_path: Path) -> object:
    """Audits a text."""

    def made(written: str) -> Report:
        path = tmp_path / "c.yaml"
        path.write_text(written, "utf-8")
        return audit(load(str(path)), load_policy("default", Reader()))

    return made


def shown(report: Report, width: int = 80) -> list[str]:
    """The report's lines."""
    return text.render(report, lambda _file, _line: "", width, Paint(False), "cosaudit check c.yaml").splitlines()


def headings(report: Report) -> list[str]:
    """The first line of the picture."""
    lines = shown(report)
    return lines[lines.index("") + 1].split()


@pytest.mark.parametrize(
    ("clients", "begins"),
    [((SHOP,), ["address"]), ((PAGE,), ["browser", "address"]), ((SHOP, PAGE), ["browser", "address"])],
)
def test_a_web_page_is_never_judged_under_the_name_of_wechat(audited, clients, begins) -> None:  # type: ignore[no-untyped-def]
    """WeChat's column is of Mini Programs, the browser's of pages; what says nothing has none."""
    assert headings(audited(config(*clients)))[: len(begins)] == begins


def test_both_platforms_have_a_column_each(audited) -> None:  # type: ignore[no-untyped-def]
    """A request has an answer in its own platform's column only."""
    lists = 'allowlist: {uploadFile: ["https://media-1250000000.cos.ap-guangzhou.myqcloud.com"]}'
    report = audited(config(SHOP.replace("}", f", {lists}}}"), PAGE))
    lines = shown(report)
    picture = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("of-")}
    assert headings(report)[:2] == ["WeChat", "browser"]
    assert picture["of-shop"][:2] == ["ok", "-"] and picture["of-page"][:2] == ["-", "ok"]


FORM = (
    "  - {name: form, client: page, " + UPLOAD + ", signer: server, signature: {method: post, key: permanent, "
    "form_policy: {expiration: 2030-01-01T00:00:00Z, conditions: [{bucket: media-1250000000}, "
    '[starts-with, $key, "p/"], {q-sign-algorithm: sha1}, {q-ak: AKIDexample}, {q-sign-time: "1;2"}]}}}'
)
KEY = (
    'sessions:\n  - {name: wide, policy: {version: "2.0", statement: [{effect: allow, action: ["name/cos:PostObject"], '
    'resource: ["*"]}]}}\n'
)
OPEN = "acl: public-read-write"
#: Everybody in an office may read without a signature, and so may any page that somebody there opens.
CORS = (
    'cors: [{origins: ["*"], methods: [GET, POST], headers: ["*"], max_age: 60}], acl: private, '
    'policy: {version: "2.0", statement: [{effect: allow, principal: {qcs: ["qcs::cam::anyone:anyone"]}, '
    'action: ["name/cos:GetObject"], '
    'resource: ["qcs::cos:ap-guangzhou:uid/1250000000:media-1250000000/*"], '
    'condition: {ip_equal: {"qcs:ip": 10.0.0.0/8}}}]}'
)


@pytest.mark.parametrize(
    ("written", "words", "column"),
    [
        (config(PAGE, bucket=OPEN), "1 bucket is too wide", "bucket"),
        (config(PAGE, uploads=FORM), "1 signature is too wide", "signature"),
        (config(SHOP, sessions=KEY, uploads=f"  - {{name: a, client: shop, {UPLOAD}, session: wide}}"),
         "1 key is too wide", "key"),
        (config(PAGE, bucket=CORS), "CORS of 1 bucket", "CORS"),
        (config(PAGE, bucket=OPEN, uploads=FORM), "1 signature and 1 bucket are too wide", "signature"),
    ],
)  # fmt: skip
def test_what_is_too_wide_is_said_first_and_marked_in_its_column(audited, written, words, column) -> None:  # type: ignore[no-untyped-def]
    """A key, a signature, a bucket, CORS rules: in the first lines, and in the row `too much`."""
    report = audited(written)
    lines = shown(report)
    row = next(line for line in lines if line.startswith("too much"))
    at = headings(report).index(column)
    assert words in " ".join([line.strip() for line in lines[: lines.index("")]])
    assert row.removeprefix("too much").split()[at] == "WIDE"


def test_nothing_is_marked_where_nothing_is_too_wide(audited) -> None:  # type: ignore[no-untyped-def]
    """The row stands there for a finding that fails the run, with a request that shows it."""
    assert not any("too much" in line or "too wide" in line for line in shown(audited(config(PAGE, SHOP))))


@pytest.mark.parametrize(
    ("bucket", "says"),
    [
        ("", "the bucket's ACL and policy (buckets[0].acl)"),
        ("acl: private", "the bucket's policy (buckets[0].policy)"),
        ("acl: public-read-write, policy: {version: '2.0', Statement: []}",
         "the bucket's referer rules (buckets[0].referer)"),
    ],
)  # fmt: skip
def test_what_is_missing_of_a_bucket_is_named_by_what_is_there(audited, bucket, says) -> None:  # type: ignore[no-untyped-def]
    """Who described the ACL is not told that it is missing."""
    anonymous = f"  - {{name: a, client: shop, {UPLOAD}, signer: none}}"
    uploads = anonymous if "referer" in says else ""
    told = " ".join(shown(audited(config(SHOP, bucket=bucket, uploads=uploads))))
    assert says in told


@given(
    st.lists(st.tuples(st.text("abc <=1MiB", max_size=60), *[st.sampled_from(("ok", "BLOCKED", "unknown", "-"))] * 9),
             min_size=1, max_size=6),
)  # fmt: skip
def test_nine_gates_fit_into_80_columns(rows: list[tuple[str, ...]]) -> None:
    """Whatever the answers are; and no cell is lost but the end of a label."""
    for platform in ("wechat-miniprogram", "web"):
        headings = [column.heading for column in text.COLUMNS if column.platform in (None, platform)]
        assert len(headings) == len(GATES)
        drawn = text.matrix(headings, rows, 80, Paint(False))
        assert all(len(line) <= 80 for line in drawn)
        for line, (_, *cells) in zip(drawn[1:], rows, strict=True):
            assert line.split()[-9:] == cells


def test_colours_change_no_width() -> None:
    """What is painted is a word of an answer, never a part of a label."""
    rows = [("ok BLOCKED", "ok", "BLOCKED"), ("b", "?", "-")]
    plain = text.matrix(["one", "two"], rows, 80, Paint(False))
    painted = text.matrix(["one", "two"], rows, 80, Paint(True))
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted] == plain
    assert painted[1].startswith("ok BLOCKED  \x1b[")


def test_what_a_finding_stops_is_told_without_repeats(audited) -> None:  # type: ignore[no-untyped-def]
    """All sizes, and the backup domain beside them, are the upload; one size is named."""
    client = PAGE.replace("platform: web", "platform: web, sdk: cos-js-sdk-v5@1.10.1")
    rule = 'cors: [{origins: ["https://www.example.com"], methods: [POST, GET, PUT], headers: [HEADERS], max_age: 60}]'
    sent = UPLOAD.replace("postObject", "uploadFile").replace("1MiB", "9MiB")
    upload = f"  - {{name: v, client: page, {sent}}}"
    lines = shown(audited(config(client, bucket=rule.replace("HEADERS", "authorization"), uploads=upload)))
    assert "has been blocked by CORS policy (v)" in " ".join(lines)
    assert any(line.startswith("   page    ") for line in lines)
    assert not any(line.startswith("   phone   ") for line in lines)
    lines = shown(audited(config(client, bucket=rule.replace("HEADERS", '"*"'), uploads=upload)))
    assert "(v over 1 MiB)" in " ".join(" ".join(lines).split())
