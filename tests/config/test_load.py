"""A configuration to an inventory, and every problem of it in one run: place, found, expected, nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit.config.fields import Size
from cosaudit.config.flags import Flags, inventory
from cosaudit.config.load import load
from cosaudit.config.reader import InputError, Problem, Reader
from cosaudit.model import Inventory, Part
from cosaudit.yamltree import SCALAR, Node

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
CLIENTS = "clients:\n  - {name: shop, platform: wechat-miniprogram, sdk: cos-wx-sdk-v5@1.8.0}\n"
UPLOAD = "name: avatar, client: shop, bucket: media-1250000000, operation: putObject"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str) -> Inventory:
    """The inventory of a configuration's text."""
    Path("c.yaml").write_text(text, "utf-8", newline="")
    return load("c.yaml")


def wrong(text: str) -> list[Problem]:
    """The problems of a configuration's text."""
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.problems


def one(text: str) -> Problem:
    """The only problem of a configuration's text."""
    (found,) = wrong(text)
    return found


def bucket(fields: str) -> str:
    """A configuration of one bucket with these fields beside its name and region, each on its line."""
    return f"buckets:\n  - name: media-1250000000\n    region: ap-guangzhou\n    {fields}\n"


def client(fields: str, platform: str = "wechat-miniprogram") -> str:
    """A configuration of one client with these fields."""
    return f"{BUCKETS}clients:\n  - name: shop\n    platform: {platform}\n    {fields}\n"


def upload(fields: str) -> str:
    """A configuration of one upload with these fields."""
    return f"{BUCKETS}{CLIENTS}uploads:\n  - {{{UPLOAD}, {fields}}}\n"


# -- all problems in one run --------------------------------------------------------------------------------------


def test_every_problem_is_told_in_one_run_with_its_place() -> None:
    """What was found, what was expected, and the nearest valid word."""
    problems = wrong(
        "version: 2\n"
        "bukets: []\n"
        "regions: [AP]\n"
        "buckets:\n"
        "  - name: media_1250000000\n"
        "    region: ap-guangzou\n"
        "    created: yesterday\n"
        "    acceleration: on\n"
        "  - name: media-1250000000\n"
        "    region: ap-beijing\n"
        "    strict_signatures: true\n"
        "  - name: media-1250000000\n"
        "    region: 5\n"
        "clients:\n"
        "  - {name: shop, platform: wechat, sdk: cos-wx-sdk-v5@1.8}\n"
        "uploads:\n"
        "  - {name: a, client: shpo, bucket: media-125000000, operation: putobject, max_size: 5 MBytes}\n"
    )
    assert [(problem.place.line, problem.place.column) for problem in problems] == [
        (1, 10), (2, 1), (3, 11), (5, 11), (6, 13), (7, 14), (8, 19), (11, 5), (12, 11), (13, 13), (15, 28), (15, 41),
        (17, 23), (17, 37), (17, 65), (17, 86),
    ]  # fmt: skip
    by_place = {(problem.place.line, problem.place.column): problem for problem in problems}
    assert all(problem.place.file == "c.yaml" and problem.expected for problem in problems)
    assert {place: problem.nearest for place, problem in by_place.items() if problem.nearest is not None} == {
        (2, 1): "buckets",
        (6, 13): "ap-guangzhou",
        (11, 5): "strict_signature",
        (15, 28): "wechat-miniprogram",
        (15, 41): "cos-wx-sdk-v5@1.8.0",
        (17, 23): "shop",
        (17, 37): "media-1250000000",
        (17, 65): "putObject",
    }
    taken = by_place[12, 11]
    assert taken.also is not None and (taken.also.line, taken.also.column) == (9, 11)
    assert by_place[8, 19].help == "YAML 1.2 knows only `true` and `false`, without quotation marks"


def test_references_to_names_that_do_not_exist_are_told_with_the_nearest() -> None:
    """Client, bucket and session, each where it is named."""
    text = (
        f"{BUCKETS}{CLIENTS}sessions:\n  - {{name: upload}}\n"
        "uploads:\n  - {name: a, client: shpo, bucket: media-125000000, session: uplaod, operation: putObject}\n"
    )
    assert [(problem.place.column, problem.message, problem.nearest) for problem in wrong(text)] == [
        (23, "there is no client named `shpo`", "shop"),
        (37, "there is no bucket named `media-125000000`", "media-1250000000"),
        (63, "there is no session named `uplaod`", "upload"),
    ]


def test_a_reference_to_a_broken_record_is_not_missed() -> None:
    """The record's own problem is told once, not once for each that names it."""
    text = f"{BUCKETS}clients:\n  - {{name: shop, platform: nowhere}}\nuploads:\n  - {{{UPLOAD}}}\n"
    assert one(text).place.line == 4


@pytest.mark.parametrize(
    ("first", "second"), [("uploads", "uploads"), ("uploads", "downloads"), ("clients", "clients")]
)
def test_a_name_that_is_taken_has_both_places(first: str, second: str) -> None:
    """In one list, and over uploads and downloads together."""
    if first == "clients":
        row = "  - {name: shop, platform: web}\n"
        text = f"clients:\n{row}{row}{BUCKETS}"
        places = (3, 12), (2, 12)
    elif first == second:
        text = f"uploads:\n  - {{{UPLOAD}}}\n  - {{{UPLOAD}}}\n{BUCKETS}{CLIENTS}"
        places = (3, 12), (2, 12)
    else:
        text = f"{first}:\n  - {{{UPLOAD}}}\n{second}:\n  - {{{UPLOAD}}}\n{BUCKETS}{CLIENTS}"
        places = (4, 12), (2, 12)
    found = one(text)
    assert found.also is not None
    assert ((found.place.line, found.place.column), (found.also.line, found.also.column)) == places
    assert "is taken" in found.message


def test_a_key_that_stands_twice_has_both_places() -> None:
    """The YAML's own problems and the configuration's are told together."""
    problems = wrong("buckets:\n  - name: a-1\n    region: x\n    name: b-1\n")
    assert [(str(problem.place), problem.also and str(problem.also)) for problem in problems] == [
        ("c.yaml:3:13", None),
        ("c.yaml:4:5", "c.yaml:2:5"),
    ]


# -- single fields -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bare", ["5", "1.5", "true", "null", "~", "0x10", ""])
@pytest.mark.parametrize("field", ["name", "region", "owner"])
def test_a_bare_number_bool_or_null_is_no_text(bare: str, field: str) -> None:
    """Names and versions would lose digits; in quotation marks it is one."""
    fields = {"name": "media-1250000000", "region": "ap-guangzhou", field: bare}
    text = "buckets:\n  -\n" + "".join(f"    {key}: {value}\n" for key, value in fields.items())
    found = one(text)
    assert found.expected is not None
    assert "where text is expected" in found.message
    assert found.help == ("put it in quotation marks" if bare not in ("null", "~", "") else None)


@pytest.mark.parametrize("version", ["2.10", "2", "1.8.0.0", "'2.10'", "v2.10.0"])
def test_a_version_is_text_of_three_numbers(version: str) -> None:
    """`2.10` bare is the number 2.1."""
    assert (one(client(f"base_library: {version}")).place.line, one(client("base_library: 2.10")).place.column) == (
        6,
        19,
    )


@pytest.mark.parametrize("written", ["600", "'600'", '"600"', "0600"])
def test_a_number_is_read_quoted_or_bare(written: str) -> None:
    """Dates, sizes and numbers are read by the field that wants them."""
    text = upload(f"signer: server, signature: {{valid_for: {written}}}")
    assert read(text).transfers[0].signature["valid_for"] == 600


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "1e3", "0x10", "'1 '", "９", "null", "on", "1_000", "9" * 30])
def test_what_is_no_whole_number_is_told(written: str) -> None:
    """And what would be expected."""
    found = one(upload(f"signer: server, signature: {{valid_for: {written}}}"))
    assert found.expected == "a number of seconds of at least 1"


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("5", 5), ("'5'", 5), ("5MiB", 5 * 2**20), ("5 MiB", 5 * 2**20), ("20MB", 20 * 10**6), ("1.5KiB", 1536),
        ("1kb", 1000), ("0", 0), ("1B", 1), ("1.0", 1), ("2gib", 2**31), ("1TB", 10**12),
    ],
)  # fmt: skip
def test_a_size_has_a_unit_or_none(written: str, size: int) -> None:
    """`MiB` is 2^20, `MB` is 10^6."""
    assert read(upload(f"min_size: 0, max_size: {written}")).transfers[0].max_size == size


@pytest.mark.parametrize(
    "written", ["5M", "-1", "1.5", "5 MBytes", "MiB", "'1,5MB'", "1.0001KiB", "1:30", "null", "''", "∞"]
)
def test_what_is_no_size_is_told(written: str) -> None:
    """Half a byte too."""
    assert one(upload(f"max_size: {written!r}" if written == "∞" else f"max_size: {written}")).expected == Size.expected


@given(st.integers(0, 10**15 - 1), st.sampled_from(["", "B", "KB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB"]))
def test_a_size_is_exact(number: int, unit: str) -> None:
    """No floating point."""
    factor = {"K": 1, "M": 2, "G": 3, "T": 4}.get(unit[:1], 0)
    expected = number * (1024 if "i" in unit else 1000) ** factor
    assert Size().decode(Node(SCALAR, f"{number}{unit}", 1, 1), Reader()) == expected


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("2023-06-30", ("2023-06-30",)),
        ("'2023-06-30'", ("2023-06-30",)),
        ("2023-06-30T08:00:00Z", ("2023-06-30",)),
        ("2024-01-01T00:30:00+08:00", ("2024-01-01", "2023-12-31")),
        ("2023-12-31 20:00:00 -0500", ("2023-12-31", "2024-01-01")),
        ("2023-06-30 08:00", ("2023-06-30",)),
    ],
)
def test_a_date_is_read_quoted_or_bare(written: str, days: tuple[str, ...]) -> None:
    """With a time zone, the day in UTC is kept too."""
    created = read(bucket(f"created: {written}")).buckets[0].created
    assert created is not None and created.days == days


@pytest.mark.parametrize(
    "written",
    ["2023-02-30", "2023-6-30", "30.06.2023", "yesterday", "0000-01-01", "2023-06-30T25:00:00Z", "'２０２３-０６-３０'",
     "2023-06-30T08:00:00+99:99", "2023-06-30T T08:00:00", "'2023-06-30\n'", "null", "[]", "0001-01-01T00:00:00+10:00"],
)  # fmt: skip
def test_what_is_no_date_is_told(written: str) -> None:
    """Days that the calendar lacks too."""
    found = one(bucket(f"created: {written}"))
    assert found.place.line >= 4 and found.place.column == 14
    assert found.expected is not None and "date" in found.expected


@pytest.mark.parametrize("written", ["on", "off", "yes", "'true'", "1", "null", "TRUE!"])
def test_only_true_and_false_are_bools(written: str) -> None:
    """`on` is plain text in YAML 1.2."""
    assert one(bucket(f"versioning: {written}")).expected == "`true` or `false`"


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("a/b", [("a/b", False)]),
        ("a/{openid}/{file}", [("a/", False), ("openid", True), ("/", False), ("file", True)]),
        ("{{{a}}}", [("{", False), ("a", True), ("}", False)]),
        ("{{}}", [("{}", False)]),
        ("x/${filename}", [("x/", False), ("${filename}", True)]),
        ("$$", [("$$", False)]),
        ("中/{a-b_1}", [("中/", False), ("a-b_1", True)]),
    ],
)
def test_a_key_template_is_literals_and_placeholders(template: str, parts: list[tuple[str, bool]]) -> None:
    """`{{` and `}}` are braces."""
    assert read(upload(f"key: '{template}'")).transfers[0].key == tuple(Part(*part) for part in parts)


@pytest.mark.parametrize(
    ("template", "what"),
    [("{", "a single `{`"), ("a}", "a single `}`"), ("{}", "a single `{`"), ("{a b}", "no proper name"), ("{1}",
    "no proper name"),
     ("a{b", "a single `{`"), ("{a}}", "a single `}`"), ("{中}", "no proper name"), ("{" + "x" * 300 + "}",
     "no proper name")],
)  # fmt: skip
def test_a_broken_key_template_is_told(template: str, what: str) -> None:
    """With the character at which it breaks."""
    found = one(upload(f"key: '{template}'"))
    assert what in found.message and "at character" in found.message
    assert len(found.message) < 200


@pytest.mark.parametrize("ending", ["\\n", "\\r\\n"])
@pytest.mark.parametrize("field", ["appid: wx0123456789abcdef", "base_library: 2.10.0", "url: https://a.b/c"])
def test_a_line_end_is_no_part_of_a_text_with_a_form(field: str, ending: str) -> None:
    """A `$` in a pattern is the very end."""
    name, text = field.split(": ")
    assert read(client(f'{name}: "{text}"')).clients
    assert one(client(f'{name}: "{text}{ending}"')).place.line == 6


# -- keys of the person's own ----------------------------------------------------------------------------------------


def test_keys_that_begin_with_x_are_ignored_anywhere() -> None:
    """Whatever stands in them; a header of that name is a header."""
    found = read(
        "x-a: [{}]\n"
        "buckets:\n  - {name: media-1250000000, region: ap-guangzhou, x-b: 1, cors: {rules: [], x-c: null}}\n"
        "clients:\n  - {name: shop, platform: wechat-miniprogram, x-d: {}, sdk: cos-wx-sdk-v5@1.8.0, options: {x-e: 1},"
        " allowlist: {x-f: 1, request: []}, endpoints: [{url: 'https://a.b', x-g: 1}]}\n"
        "placeholders: {x-h: text, openid: {x-i: 1, identity: true}}\n"
        f"uploads:\n  - {{{UPLOAD}, x-j: 1, headers: {{x-cos-acl: private, X-Cos-Meta-A: b}}}}\n"
        "audit: {x-k: 1}\n"
    )
    assert found.transfers[0].headers == ("x-cos-acl", "x-cos-meta-a")
    assert found.transfers[0].values == {"x-cos-acl": "private", "x-cos-meta-a": "b"}
    allowlist = found.clients[0].allowlist
    assert allowlist is not None and set(allowlist.lists) == {"request"}


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (f"{BUCKETS}client: []\n", "clients"),
        (bucket("Region: x"), "region"),
        (bucket("cors: [{origin: ['*'], origins: ['*'], methods: [GET]}]"), "origins"),
        (client("option: {}"), "options"),
        (client("sdk: cos-wx-sdk-v5\n    options: {forcePathStyle: true}"), "ForcePathStyle"),
        (client("allowlist: {uploadfile: []}"), "uploadFile"),
        (client("endpoints: [{uri: a, url: 'https://a.b'}]"), "url"),
        (upload("maxsize: 1"), "max_size"),
        (f"{BUCKETS}placeholders: {{a: {{form: server}}}}\n", "from"),
        (f"{BUCKETS}audit: {{polcy: default}}\n", "policy"),
        (f"{BUCKETS}X-a: 1\n", None),
    ],
)
def test_any_other_unknown_key_is_an_error_with_the_nearest(text: str, nearest: str | None) -> None:
    """In every section."""
    found = one(text)
    assert found.message.startswith("unknown ") and found.nearest == nearest


@pytest.mark.parametrize("key", ["5", "true", "null", "1.5"])
def test_a_free_name_is_text(key: str) -> None:
    """A placeholder's and a header's; in quotation marks the header's form decides."""
    assert "expected" in one(f"{BUCKETS}placeholders: {{{key}: {{}}}}\n").message
    assert "expected" in one(upload(f"headers: {{{key}: a}}")).message
    assert read(upload(f"headers: {{'{key}': a}}")).transfers[0].headers == (key,)


# -- buckets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["media", "Media-1250000000", "media_x-1250000000", "-media-1250000000", "media--1250000000", "https://a.b",
     "media-1250000000.cos.ap-guangzhou.myqcloud.com", "'media-1250000000 '", "'*'", "媒体-1250000000"],
)  # fmt: skip
def test_a_malformed_bucket_name_is_an_input_error(name: str) -> None:
    """With what a name looks like."""
    found = one(f"buckets:\n  - {{name: {name}, region: ap-guangzhou}}\n")
    assert found.place[1:] == (2, 12) and found.expected is not None


def test_a_bucket_host_over_60_characters_is_an_input_error() -> None:
    """60 are taken (fact `cos.host.length-max`)."""
    fits = "a" * (60 - len("-1250000000.cos.ap-guangzhou.myqcloud.com"))
    assert read(f"buckets:\n  - {{name: {fits}-1250000000, region: ap-guangzhou}}\n").buckets
    found = one(f"buckets:\n  - {{name: {fits}a-1250000000, region: ap-guangzhou}}\n")
    assert found.place[1:] == (2, 12)
    assert found.message.endswith("has 61 characters") and found.expected == "at most 60"


def test_an_unknown_region_is_an_input_error_unless_it_is_declared() -> None:
    """`regions` takes ids that the data does not know yet."""
    text = "buckets:\n  - {name: media-1250000000, region: ap-nowhere}\n"
    found = one(text)
    assert found.place[1:] == (2, 38) and found.message == "unknown region `ap-nowhere`"
    assert read(f"regions: [ap-nowhere]\n{text}").regions == ("ap-nowhere",)
    assert read(f"include: more.yaml\n{text}" if _write("more.yaml", "regions: [ap-nowhere]\n") else "").regions


def _write(name: str, text: str) -> bool:
    Path(name).write_text(text, "utf-8")
    return True


def test_no_buckets_is_an_input_error() -> None:
    """The only section that is required; an empty list says nothing either."""
    assert one("version: 1\n").message == "the configuration has no `buckets`"
    found = one("version: 1\nbuckets: []\n")
    assert found.message == "the list `buckets` is empty" and found.place[1:] == (2, 10)


# -- what contradicts itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        (client("endpoints: [https://a.b, {url: 'https://c.d', api: fetch}]"), "fetch}", "`fetch` is no API of wechat"),
        (client("endpoints: [{url: 'https://c.d', api: request}]", "web"), "request}", "`request` is no API of web"),
        (client("sdk: cos-wx-sdk-v5", "web"), "cos-wx", "is the SDK for wechat-miniprogram"),
        (client("sdk: cos-js-sdk-v5"), "cos-js", "is the SDK for web"),
        (client("sdk: cos-wx-sdk-v5\n    url: https://a.b"), "url: ", "`url` describes hand-written code"),
        (client("options: {UseAccelerate: true}"), "options: ", "`options` are an SDK's"),
        (
            client("sdk: cos-wx-sdk-v5\n    addressing: bucket\n    options: {ForcePathStyle: true}"),
            "bucket\n    opt",
            "contradict",
        ),
        (upload("min_size: 2, max_size: 1"), "2, max", "`min_size` is larger than `max_size`"),
        (upload("signature: {}"), "signature: ", "is not signed by a server"),
        (
            f"{BUCKETS}sessions:\n  - {{name: a, scopes: [], helper: qcloud-cos-sts}}\n",
            "{name: a, scopes",
            "has `scopes` and `helper`",
        ),
        (f"{BUCKETS}audit: {{ignore: [{{rule: a, reason: b}}]}}\n", "ignore: ", "`audit.ignore` is not supported"),
    ],
)
def test_what_contradicts_itself_is_told(text: str, marked: str, message: str) -> None:
    """At the part that a person changes."""
    found = one(text)
    before, _, after = text.partition(marked)
    assert after and marked not in after
    assert (found.place.line, found.place.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert message in found.message and found.expected is not None


def test_an_empty_ignore_hides_nothing_and_is_taken() -> None:
    """Only a list with something in it is refused."""
    assert read(f"{BUCKETS}audit: {{ignore: []}}\n").policy is None


# -- files that the configuration names -------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["policy: p.json", "cors: p.json", "referer: p.json"])
def test_a_named_file_that_is_not_there_is_told_where_it_is_named(field: str) -> None:
    """Not at its own first line."""
    found = one(bucket(field))
    assert str(found.place) == f"c.yaml:4:{field.index(' ') + 6}"
    assert found.message == "`p.json`: there is no such file"


@pytest.mark.parametrize("field", ["policy", "cors", "referer"])
def test_a_number_names_no_file(field: str) -> None:
    """Even when a file of that name is there."""
    _write("5", "{}")
    assert one(bucket(f"{field}: 5")).place[1:] == (4, len(field) + 7)


def test_a_named_json_file_that_is_broken_is_told_with_its_own_place() -> None:
    """With the line and column in that file."""
    _write("p.json", '{\n "a": [1\n}\n')
    found = one(bucket("policy: p.json"))
    assert str(found.place) == "p.json:3:1" and "expected `,` or `]`" in found.message
    _write("p.json", '"text"')
    assert one(bucket("policy: p.json")).message == "`text` where a JSON document is expected"


def test_a_copied_build_that_is_none_is_told() -> None:
    """A path is a text with a slash, or ends in `.js`."""
    _write("cos.js", "alert(1)")
    found = one(client("sdk: cos.js"))
    assert found.place[1:] == (6, 10) and "is no build of an SDK" in found.message
    assert "there is no such file" in one(client("sdk: ./gone")).message


# -- the whole ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_configuration_reads_the_same_with_any_line_end(end: str) -> None:
    """And its problems have the same places."""
    text = f"# 注释\n{BUCKETS}{CLIENTS}uploads:\n  - {{{UPLOAD}}}\n"
    assert read(text.replace("\n", end)).transfers[0].name == "avatar"
    assert one(f"{text}nope: 1\n".replace("\n", end)).place[1:] == (8, 1)


def test_json_is_read_by_the_same_loader_with_places() -> None:
    """JSON is YAML."""
    first = '{"name": "media-1250000000", "region": "ap-guangzhou"}'
    text = f'{{\n\t"buckets": [\n\t\t{first},\n\t\t{{"name": "a-1", "region": 5}}\n\t]\n}}'
    found = one(text)
    assert found.place[1:] == (4, 29) and found.message == "the number `5` where text is expected"
    assert len(read(text.replace("5}", '"ap-beijing"}')).buckets) == 2


def test_anchors_and_merge_keys_serve_as_templates() -> None:
    """With the template under a key of the person's own."""
    found = read(
        "x-upload: &upload {client: shop, bucket: media-1250000000, operation: putObject}\n"
        f"{BUCKETS}{CLIENTS}uploads:\n  - {{<<: *upload, name: a}}\n"
        "  - {<<: *upload, name: b, operation: postObject}\n"
    )
    assert [(one.name, one.operation) for one in found.transfers] == [("a", "putObject"), ("b", "postObject")]


def test_ten_thousand_buckets_with_ten_thousand_faults_are_refused_quickly() -> None:
    """Some seconds, whatever is wrong with them."""
    rows = "".join(
        f"  - {{name: bucket{number}-1250000000, region: ap-guangzou, typo: 1}}\n" for number in range(10_000)
    )
    assert len(wrong(f"buckets:\n{rows}")) == 1001


def test_a_domain_list_without_end_is_refused_quickly() -> None:
    """A log file that somebody named by mistake."""
    _write("list.txt", "a" * 2_000_000)
    found = one(client("allowlist: list.txt"))
    assert str(found.place) == "c.yaml:6:16" and "no domain list is so long" in found.message
    with pytest.raises(InputError, match="1 problem"):
        inventory(Flags(("a-1@ap-beijing",), have="list.txt"), Reader())
