"""`cosaudit allowlist`: exactly what to enter in the WeChat console."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit.cli import run
from cosaudit.wechat.entries import PROBLEMS, parse_entry, split_entries

HOST = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
BACKUP = "https://media-1250000000.cos.ap-guangzhou.tencentcos.cn"
DEAD = "https://media-1250000000.cos.ap-shanghai.myqcloud.com"
CATEGORIES = ["request", "uploadFile", "downloadFile"]
FLAGS = ["--bucket", "media-1250000000", "--region", "ap-guangzhou"]

Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `allowlist --format json` on a configuration's text, or on flags; returns the answer."""

    def asked(*arguments: str, text: str | None = None) -> Any:
        words = list(arguments)
        if text is not None:
            path = tmp_path / "config.yaml"
            path.write_text(text, "utf-8")
            words.insert(0, str(path))
        assert run(["allowlist", *words, "--format", "json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return asked


def config(operation: str = "postObject", client: str = "sdk: none", upload: str = "", bucket: str = "") -> str:
    """A configuration of one bucket, one client and one upload."""
    return f"""
version: 1
buckets:
  - {{name: media-1250000000, region: ap-guangzhou, {bucket}}}
clients:
  - {{name: shop, platform: wechat-miniprogram, appid: wx0123456789abcdef, {client}}}
uploads:
  - {{name: avatar, client: shop, bucket: media-1250000000, operation: {operation}, key: "avatars/{{file}}", {upload}}}
"""


# -- the shape of the answer --------------------------------------------------------------------------------------


def test_the_walk_through_needs_one_entry_and_the_key_service(ask: Ask) -> None:
    """The contract's shape: the bucket's domain under uploadFile, the service's origin under request."""
    whole = ask(text=config(client="sdk: none, endpoints: ['https://api.example.com/sts?x=1']"))
    assert whole["version"] == 1 and whole["assumptions"] == []
    (client,) = whole["clients"]
    assert {"client", "appid", "entries", *CATEGORIES} <= set(client)
    assert (client["client"], client["appid"]) == ("shop", "wx0123456789abcdef")
    assert client["request"] == ["https://api.example.com"]
    assert client["uploadFile"] == [HOST]
    assert client["downloadFile"] == []
    assert client["entries"] == [
        {
            "category": "request",
            "url": "https://api.example.com",
            "buckets": [],
            "needed_by": [
                {"flow": None, "operation": None, "when": "always", "endpoint": "https://api.example.com/sts?x=1"}
            ],
        },
        {
            "category": "uploadFile",
            "url": HOST,
            "buckets": ["media-1250000000"],
            "needed_by": [{"flow": "avatar", "operation": "postObject", "when": "always"}],
        },
    ]


def test_needed_by_says_for_which_sizes(ask: Ask) -> None:
    """uploadFile of the SDK: the form up to SliceSize, parts above; implied conditions are left out."""
    (client,) = ask(text=config("uploadFile", "sdk: cos-wx-sdk-v5@1.8.0, base_library: 2.32.3"))["clients"]
    assert client["request"] == client["uploadFile"] == [HOST]
    needed = {entry["category"]: [need["when"] for need in entry["needed_by"]] for entry in client["entries"]}
    assert needed == {"request": ["over 1048576"], "uploadFile": ["up to 1048576"]}


def test_lists_are_sorted_and_without_repeats(ask: Ask) -> None:
    """Two uploads to one bucket are one entry; the order of the file does not matter."""
    text = """
version: 1
buckets:
  - {name: z-1250000000, region: ap-guangzhou}
  - {name: a-1250000000, region: ap-shanghai}
clients:
  - {name: shop, platform: wechat-miniprogram, sdk: none,
     endpoints: ["https://z.example.com", "https://a.example.com/1", "https://a.example.com/2"]}
uploads:
  - {name: one, client: shop, bucket: z-1250000000, operation: postObject}
  - {name: two, client: shop, bucket: a-1250000000, operation: postObject}
  - {name: three, client: shop, bucket: z-1250000000, operation: postObject}
downloads:
  - {name: four, client: shop, bucket: z-1250000000, operation: downloadFile}
"""
    (client,) = ask(text=text)["clients"]
    z, a = "https://z-1250000000.cos.ap-guangzhou.myqcloud.com", "https://a-1250000000.cos.ap-shanghai.myqcloud.com"
    assert client["uploadFile"] == [a, z]
    assert client["request"] == ["https://a.example.com", "https://z.example.com"]
    assert client["downloadFile"] == [z]
    keys = [(CATEGORIES.index(entry["category"]), entry["url"]) for entry in client["entries"]]
    assert keys == sorted(set(keys))
    by_url = {(entry["category"], entry["url"]): entry["needed_by"] for entry in client["entries"]}
    assert [need["flow"] for need in by_url["uploadFile", z]] == ["one", "three"]


def test_one_regional_entry_stands_for_several_buckets(ask: Ask) -> None:
    """Path style: the entry is the regional domain, its buckets are named."""
    text = """
buckets: [{name: a-1250000000, region: ap-guangzhou}, {name: b-1250000000, region: ap-guangzhou}]
clients: [{name: shop, platform: wechat-miniprogram, sdk: none, addressing: region}]
uploads:
  - {name: one, client: shop, bucket: b-1250000000, operation: postObject}
  - {name: two, client: shop, bucket: a-1250000000, operation: postObject}
"""
    (client,) = ask(text=text)["clients"]
    (entry,) = client["entries"]
    assert entry["url"] == "https://cos.ap-guangzhou.myqcloud.com"
    assert entry["buckets"] == ["a-1250000000", "b-1250000000"]


def test_every_host_that_is_contacted_is_listed_whatever_later_gates_say(ask: Ask) -> None:
    """A new bucket refuses path style, and acceleration may be off: the client calls the host all the same."""
    (client,) = ask(text=config(client="sdk: none, addressing: region", bucket="created: 2024-05-05"))["clients"]
    assert client["uploadFile"] == ["https://cos.ap-guangzhou.myqcloud.com"]
    accelerated = "sdk: cos-wx-sdk-v5@1.8.0, options: {UseAccelerate: true}"
    (client,) = ask(text=config(client=accelerated, bucket="acceleration: false"))["clients"]
    assert client["uploadFile"] == ["https://media-1250000000.cos.accelerate.myqcloud.com"]


def test_what_is_never_sent_needs_no_entry(ask: Ask) -> None:
    """An operation that the version lacks, a refused option, a URL that no list can hold."""
    (client,) = ask(text=config("uploadFile", "sdk: cos-wx-sdk-v5@1.0.6"))["clients"]
    assert client["entries"] == []
    (client,) = ask(text=config(client="sdk: cos-wx-sdk-v5@1.8.0, options: {ForcePathStyle: true}"))["clients"]
    assert client["entries"] == []
    (client,) = ask(text=config(client="sdk: none, endpoints: ['https://119.29.29.29/x', 'https://localhost:8080']"))[
        "clients"
    ]
    assert client["request"] == []


def test_a_port_belongs_to_the_entry(ask: Ask) -> None:
    """:443 is written out when the code writes it out; letter case and path do not count."""
    ends = "['https://API.example.com:443/a', 'https://api.example.com/b', 'https://api.example.com:8443']"
    (client,) = ask(text=config(client=f"sdk: none, endpoints: {ends}"))["clients"]
    assert client["request"] == [
        "https://api.example.com",
        "https://api.example.com:443",
        "https://api.example.com:8443",
    ]


def test_auto_switch_host_needs_the_backup_domain_too(ask: Ask) -> None:
    """In both boxes, for the retry."""
    (client,) = ask(text=config("uploadFile", "sdk: cos-wx-sdk-v5@1.8.0, options: {AutoSwitchHost: true}"))["clients"]
    assert client["request"] == client["uploadFile"] == [HOST, BACKUP]
    backups = [entry for entry in client["entries"] if entry["url"] == BACKUP]
    assert all("retry: host" in need["when"] for entry in backups for need in entry["needed_by"])


def test_without_clients_one_mini_program_is_assumed(ask: Ask) -> None:
    """`client` null, the newest SDK with its defaults, every upload operation; said as an assumption."""
    whole = ask(text="buckets: [{name: media-1250000000, region: ap-guangzhou}]")
    (client,) = whole["clients"]
    assert (client["client"], client["appid"]) == (None, None)
    assert client["request"] == client["uploadFile"] == [HOST]
    assert client["downloadFile"] == []
    operations = {need["operation"] for entry in client["entries"] for need in entry["needed_by"]}
    assert operations == {"postObject", "putObject", "uploadFile", "sliceUploadFile"}
    assert all(need["flow"] is None for entry in client["entries"] for need in entry["needed_by"])
    assert [text for text in whole["assumptions"] if "no clients are described" in text]


def test_a_client_with_endpoints_only_needs_these_and_it_is_said(ask: Ask) -> None:
    """A client without uploads and downloads needs its endpoints only."""
    text = """
buckets: [{name: media-1250000000, region: ap-guangzhou}]
clients: [{name: shop, platform: wechat-miniprogram, endpoints: ["https://api.example.com"]}]
"""
    whole = ask(text=text)
    assert whole["clients"][0]["request"] == ["https://api.example.com"]
    assert whole["clients"][0]["uploadFile"] == []
    assert [text for text in whole["assumptions"] if text.startswith("shop: ") and "endpoints" in text]


def test_only_mini_programs_appear(ask: Ask) -> None:
    """WeChat's lists are no affair of web pages."""
    text = config() + ""
    text = text.replace("uploads:", "  - {name: site, platform: web, origins: ['https://www.example.com']}\nuploads:")
    assert [client["client"] for client in ask(text=text)["clients"]] == ["shop"]


def test_clients_of_one_appid_share_their_boxes(ask: Ask) -> None:
    """A released version stays in users' hands: pasting the next one's box keeps what it needs."""
    text = """
buckets: [{name: media-1250000000, region: ap-guangzhou, created: 2020-01-01}]
clients:
  - {name: new, platform: wechat-miniprogram, appid: wx0123456789abcdef, sdk: none, allowlist: {uploadFile: ["https://own.example.com"]}}
  - {name: old, platform: wechat-miniprogram, appid: wx0123456789ABCDEF, sdk: none, addressing: region, released: true}
  - {name: other, platform: wechat-miniprogram, appid: wx0000000000000000, sdk: none, addressing: region}
uploads:
  - {name: one, client: new, bucket: media-1250000000, operation: postObject}
  - {name: two, client: old, bucket: media-1250000000, operation: postObject}
  - {name: three, client: other, bucket: media-1250000000, operation: postObject}
"""
    new, old, other = ask(text=text)["clients"]
    assert new["uploadFile"] == [HOST]
    both = {HOST, "https://cos.ap-guangzhou.myqcloud.com"}
    assert set(new["boxes"]["uploadFile"]["line"].split(";")) == both | {"https://own.example.com"}
    assert set(old["boxes"]["uploadFile"]["line"].split(";")) == both
    assert other["boxes"]["uploadFile"]["line"] == "https://cos.ap-guangzhou.myqcloud.com"


# -- flags instead of a file ------------------------------------------------------------------------------------------


def test_bucket_and_region_are_enough(ask: Ask) -> None:
    """The same as the smallest configuration."""
    assert ask(*FLAGS) == ask(text="buckets: [{name: media-1250000000, region: ap-guangzhou}]")
    assert ask("--bucket", "media-1250000000@ap-guangzhou") == ask(*FLAGS)


def test_flags_describe_the_client(ask: Ask) -> None:
    """`--sdk`, `--operation` and `--endpoint` name what a configuration would."""
    (client,) = ask(*FLAGS, "--sdk", "none", "--operation", "uploadFile", "--endpoint", "https://api.example.com/sts")[
        "clients"
    ]
    assert client["request"] == ["https://api.example.com"]
    assert client["uploadFile"] == [HOST]
    (client,) = ask(*FLAGS, "--bucket", "b-1250000000@ap-shanghai", "--operation", "putObject")["clients"]
    assert client["request"] == ["https://b-1250000000.cos.ap-shanghai.myqcloud.com", HOST]
    assert client["uploadFile"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bucket", "media"],
        ["--bucket", "media-1250000000"],
        ["--region", "ap-guangzhou"],
        ["--bucket", "media-1250000000", "--region", "ap-guangzou"],
        ["--bucket", "media-1250000000", "--region", "ap-guangzhou", "--region", "ap-shanghai"],
        [*FLAGS, "--operation", "upload"],
        [*FLAGS, "--sdk", "cos-js-sdk-v5"],
        [*FLAGS, "--sdk", "cos-wx-sdk-v5@1.8"],
        [*FLAGS, "--endpoint", "api.example.com"],
        [*FLAGS, "--have", "not-there.txt"],
        ["config.yaml", *FLAGS],
        [],
    ],
    ids=" ".join,
)
def test_wrong_flags_are_input_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, each error as FILE:LINE:COLUMN on standard error and as JSON."""
    assert run(["allowlist", *arguments, "--format", "json"]) == 2
    printed = capsys.readouterr()
    for line, error in zip(printed.err.splitlines(), json.loads(printed.out)["errors"], strict=False):
        assert line.startswith(f"{error['file']}:{error['line']}:{error['column']}: ")


# -- what is there already --------------------------------------------------------------------------------------------

HAVE = {
    "one a line": f"https://api.example.com\n{DEAD}\n",
    "one line": f"https://api.example.com;{DEAD};",
}


@pytest.mark.parametrize("text", HAVE.values(), ids=HAVE)
def test_a_list_without_headings_is_pasted_over_no_box(text: str, tmp_path: Path, ask: Ask) -> None:
    """It does not say which box it was copied from: pasting it over another one would lose what stands there."""
    path = tmp_path / "have.txt"
    path.write_text(text, "utf-8")
    whole = ask(*FLAGS, "--have", str(path))
    (client,) = whole["clients"]
    for category in CATEGORIES:
        box = client["boxes"][category]
        assert not box["known"] and box["dead"] == []
        assert box["line"] == (HOST if category != "downloadFile" else "")
    assert [text for text in whole["assumptions"] if "--box" in text]


def test_the_text_says_that_a_list_names_no_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And how to say it; nothing is called complete, and what was given stands in full under its condition."""
    path = tmp_path / "have.txt"
    path.write_text(f"{HOST};https://api.example.com", "utf-8")
    assert run(["allowlist", *FLAGS, "--have", str(path)]) == 0
    out = capsys.readouterr().out
    assert "does not say which box" in out and "--box" in out
    assert "nothing to change" not in out
    lines = out.splitlines()
    assert lines.count(HOST) == 2  # what to append to each box
    assert lines.count(f"{HOST};https://api.example.com") == 2
    assert all(lines[at - 1].startswith(" or, if") for at, line in enumerate(lines) if line == f"{HOST};https://api.example.com")


def test_box_says_which_box_a_list_is_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--box uploadFile`: one line, ready to paste, with all that was there and is not dead."""
    path = tmp_path / "have.txt"
    path.write_text(f"https://own.example.com;{DEAD}", "utf-8")
    assert run(["allowlist", *FLAGS, "--have", str(path), "--box", "uploadFile"]) == 0
    assert capsys.readouterr().out == f"https://own.example.com;{HOST}\n"


@pytest.mark.parametrize(
    "text",
    [
        "request合法域名\nhttps://api.example.com\nuploadFile合法域名\nhttps://own.example.com\ndownloadFile合法域名\n",
        json.dumps(
            {
                "requestdomain": ["https://api.example.com"],
                "uploaddomain": ["https://own.example.com"],
                "downloaddomain": [],
            }
        ),
        "request: [https://api.example.com]\nuploadFile: [https://own.example.com]\ndownloadFile: []\n",
    ],
    ids=["console", "platform API", "YAML"],
)
def test_lists_with_headings_are_told_apart(text: str, tmp_path: Path, ask: Ask) -> None:
    """The console's text, the answer of the platform's API, the configuration's own form."""
    path = tmp_path / "have"
    path.write_text(text, "utf-8")
    (client,) = ask(*FLAGS, "--have", str(path))["clients"]
    lines = {category: box["line"] for category, box in client["boxes"].items()}
    assert lines["request"] == f"https://api.example.com;{HOST}"
    assert lines["uploadFile"] == f"https://own.example.com;{HOST}"
    assert lines["downloadFile"] == ""


def test_have_stands_for_the_allowlist_of_a_configuration(tmp_path: Path, ask: Ask) -> None:
    """Beside a file with one Mini Program; with two it is an error."""
    path = tmp_path / "have.txt"
    path.write_text(f"uploadFile合法域名\n{HOST}\n", "utf-8")
    (client,) = ask("--have", str(path), text=config())["clients"]
    assert client["boxes"]["uploadFile"]["add"] == [] and client["boxes"]["uploadFile"]["known"]
    two = config().replace("uploads:", "  - {name: b, platform: wechat-miniprogram}\nuploads:")
    (tmp_path / "config.yaml").write_text(two, "utf-8")
    assert run(["allowlist", str(tmp_path / "config.yaml"), "--have", str(path)]) == 2


def test_an_unknown_box_is_to_be_appended(capsys: pytest.CaptureFixture[str]) -> None:
    """What the boxes hold is not known: the text never says to paste over them."""
    assert run(["allowlist", *FLAGS]) == 0
    out = capsys.readouterr().out
    assert "append" in out and "paste over" not in out
    assert "Assumed:" in out


def test_the_mixed_case_says_it_box_by_box(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A box that is described is pasted over, one that is not is appended to."""
    path = tmp_path / "config.yaml"
    path.write_text(config("uploadFile", "sdk: cos-wx-sdk-v5@1.8.0, allowlist: {request: []}"), "utf-8")
    run(["allowlist", str(path)])
    request, upload, _ = capsys.readouterr().out.split("合法域名")[1:]
    assert "paste over the whole box" in request and "append to what the box holds" in upload


entries = st.one_of(
    st.sampled_from(
        [
            HOST,
            HOST + "/",
            DEAD,
            BACKUP,
            "https://*.myqcloud.com",
            "http://api.example.com",
            "api.example.com",
            "wss://s.example.com",
        ]
    ),
    st.from_regex(r"https://[a-z][a-z0-9.-]{0,20}\.example\.com(:[0-9]{1,5})?/?", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=30),
)


@settings(max_examples=150, deadline=None)
@given(have=st.lists(entries, max_size=8), operation=st.sampled_from(["postObject", "uploadFile"]))
def test_the_merged_line_holds_every_entry_that_is_not_proved_dead(have: list[str], operation: str) -> None:
    """Nothing that may still be used is lost, whatever stands in the box; what is needed stands in it once."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config.yaml")
        listed = json.dumps([entry for entry in have if entry])
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(config(operation, f"sdk: cos-wx-sdk-v5@1.8.0, allowlist: {{uploadFile: {listed}}}"))
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert run(["allowlist", path, "--format", "json"]) == 0
    box = json.loads(printed.getvalue())["clients"][0]["boxes"]["uploadFile"]
    pieces = box["line"].split(";") if box["line"] else []
    for entry in have:
        for piece in split_entries(entry):
            parsed = parse_entry(piece)
            proved = (parsed.problem is not None and PROBLEMS[parsed.problem].never) or parsed.host.startswith(
                "media-1250000000.cos.ap-shanghai."
            )
            assert proved or piece in pieces
            assert piece in pieces or piece in [dead["entry"] for dead in box["dead"]]
    spelled = [piece for piece in pieces if parse_entry(piece).problem is None and parse_entry(piece).host == HOST[8:]]
    assert spelled and len(spelled) == len(set(spelled))
    assert len(pieces) == len(set(pieces))


# -- CSV and the platform's API ---------------------------------------------------------------------------------


def test_csv_has_a_row_an_entry_and_no_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a spreadsheet would take for a formula is defused."""
    path = tmp_path / "config.yaml"
    text = config(
        client=f"sdk: none, allowlist: {{uploadFile: ['=cmd|calc!A1', '+1', '-2', '@x', '{DEAD}', 'https://own.example.com']}}"
    )
    path.write_text(text.replace("name: shop", "name: '=shop()'").replace("client: shop", "client: '=shop()'"), "utf-8")
    assert run(["allowlist", str(path), "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["client", "appid", "category", "change", "entry", "needed_by"]
    assert len(rows) > 5
    for row in rows[1:]:
        assert len(row) == 6
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
        assert row[0] == "'=shop()"
    changes = {(row[2], row[3], row[4]) for row in rows[1:]}
    assert ("uploadFile", "add", HOST) in changes
    assert ("uploadFile", "dead", DEAD) in changes
    assert ("uploadFile", "keep", "https://own.example.com") in changes


def test_wechat_api_adds_and_deletes_and_never_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`set` would drop what is not known here."""
    path = tmp_path / "config.yaml"
    path.write_text(
        config(client=f"sdk: none, allowlist: {{request: [], uploadFile: ['{DEAD}'], downloadFile: []}}"), "utf-8"
    )
    assert run(["allowlist", str(path), "--format", "wechat-api"]) == 0
    (client,) = json.loads(capsys.readouterr().out)
    assert (client["client"], client["appid"]) == ("shop", "wx0123456789abcdef")
    assert [body["action"] for body in client["bodies"]] == ["add", "delete"]
    assert client["bodies"][0]["uploaddomain"] == [HOST]
    assert client["bodies"][1]["uploaddomain"] == [DEAD]
    assert '"set"' not in json.dumps(client)


def test_output_files_are_written_beside_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--output FORMAT=FILE` may repeat; an input is never overwritten."""
    path = tmp_path / "config.yaml"
    path.write_text(config(), "utf-8")
    one, two = tmp_path / "a.json", tmp_path / "b.csv"
    assert run(["allowlist", str(path), "--output", f"json={one}", "--output", f"csv={two}"]) == 0
    assert HOST in capsys.readouterr().out
    assert json.loads(one.read_text("utf-8"))["clients"]
    assert HOST in two.read_text("utf-8")
    assert run(["allowlist", str(path), "--output", f"text={path}"]) == 2
    assert path.read_text("utf-8") == config()


def test_user_text_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of the configuration are escaped before they reach a terminal."""
    path = tmp_path / "config.yaml"
    path.write_text(config(client='sdk: none, allowlist: {uploadFile: ["https://a.example.com\\u001b[2J"]}'), "utf-8")
    assert run(["allowlist", str(path)]) == 0
    assert "\x1b" not in capsys.readouterr().out
