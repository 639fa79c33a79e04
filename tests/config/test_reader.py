"""Reading files: bytes to text, included files, standard input, and what cannot be read."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import yamltree
from cosaudit.config.load import load
from cosaudit.config.reader import InputError, Problem, Reader, Unusable, decode, identity, nearest_word, read_bytes
from cosaudit.model import Inventory

BUCKETS = "buckets:\n  - {name: media-1250000000, region: ap-guangzhou}\n"
MORE = "buckets:\n  - {name: docs-1250000000, region: ap-beijing}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Files of the test's folder; `__` in a name is a slash, `_` a dot."""
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def refused(path: str) -> list[str]:
    """Place and message of every problem of a configuration."""
    with pytest.raises(InputError) as caught:
        load(path)
    return [f"{problem.place}: {problem.message}" for problem in caught.value.problems]


def names(inventory: Inventory) -> list[str]:
    """The buckets' names."""
    return [bucket.name for bucket in inventory.buckets]


# -- bytes to text ------------------------------------------------------------------------------------------------

CHINESE = "# 桶的清单：头像上传\nbuckets:\n  - name: 头像\n    owner: 张三丰\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("text", ["a: 中文😀\n", '{"a": "b"}', "", "#\n", "buckets: []\r\n"])
def test_every_unicode_encoding_is_read(encoding: str, mark: bool, text: str) -> None:
    """With a byte order mark, and where the first character tells (YAML 1.2.2, chapter 5.2)."""
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
             "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE}  # fmt: skip
    data = (marks.get(encoding, b"") if mark else b"") + text.encode(encoding)
    assert decode(data) == text


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "gb18030"])
def test_a_gbk_file_is_named_as_such(encoding: str) -> None:
    """With the place of the first Chinese character."""
    with pytest.raises(Unusable, match=r"its bytes read as GBK") as caught:
        decode(f"buckets:\n  - owner: {'张三丰'}\n".encode(encoding))
    assert (caught.value.line, caught.value.column) == (2, 12)
    assert caught.value.help == "save the file as UTF-8"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a: café\nb: über".encode("latin-1"), (1, 7)),
        ("# für später".encode("latin-1"), (1, 4)),
        (CHINESE.encode() + b"\xff\n", (5, 1)),
        (CHINESE.encode()[:-3] + b"\n", (4, 14)),
        (b"\xef\xbb\xbfa: \xe4\xb8\xad\xff", (1, 5)),
        (b"a: \xc0\x80", (1, 4)),
        (b"a: \xed\xa0\x80", (1, 4)),
        (b"\x80", (1, 1)),
    ],
)
def test_other_bytes_are_not_called_gbk(data: bytes, place: tuple[int, int]) -> None:
    """A Western encoding, a cut or broken character in UTF-8: the byte and its place."""
    with pytest.raises(Unusable, match=r"^the byte 0x[0-9a-f]{2} is not UTF-8$") as caught:
        decode(data)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize("data", [b"\xff\xfea\x00b", b"\xfe\xff\xd8\x00", b"\xff\xfe\x00\x00abc", b"a\x00b"])
def test_broken_utf_16_and_32_say_so(data: bytes) -> None:
    """A mark that the bytes do not keep."""
    with pytest.raises(Unusable, match=r"it begins as UTF-(16|32), but cannot be read as that"):
        decode(data)


@given(st.binary(max_size=64))
def test_any_bytes_are_text_or_unusable(data: bytes) -> None:
    """Nothing else is raised, and no text holds half characters."""
    try:
        text = decode(data)
    except Unusable as error:
        assert error.line >= 1 and error.column >= 1 and error.reason
    else:
        text.encode()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x62FF), min_size=3, max_size=40))
def test_a_gbk_text_is_never_read_as_something_else_in_silence(text: str) -> None:
    """Chinese in GBK is refused, but for the few words whose bytes happen to be UTF-8, such as `一一一`."""
    data = f"owner: {text}".encode("gb18030")
    try:
        found = decode(data)
    except Unusable as error:
        assert error.help == "save the file as UTF-8"
    else:
        assert found.encode() == data


# -- files that cannot be read ------------------------------------------------------------------------------------


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """No file, a folder, too many bytes, no name at all; the place is the file's first character."""
    assert refused("nothing.yaml") == ["nothing.yaml:1:1: there is no such file"]
    assert refused(".") == [".:1:1: this is a folder; expected a file"]
    assert refused("") == ["'':1:1: there is no such file"]
    assert refused("a\0b") == ["a\0b:1:1: the file cannot be read: not a file name"]
    assert "the file cannot be read" in refused("x" * 5000)[0]


def test_a_file_over_the_limit_is_refused_at_once() -> None:
    """Its size is said, and no more than the limit is read."""
    with Path("big.yaml").open("wb") as stream:
        stream.truncate(5 * yamltree.MAX_BYTES)
    assert refused("big.yaml") == ["big.yaml:1:1: the file has more than 32 MiB, the most that is read"]


def test_a_refused_permission_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for root, who may read everything."""
    write(a_yaml=BUCKETS)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(Unusable, match="permission denied"):
        read_bytes("a.yaml")


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are looked for where the program runs."""
    write(more_yaml=MORE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"include: more.yaml\n{BUCKETS}".encode())))
    assert names(load("-")) == ["media-1250000000", "docs-1250000000"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"buckets: 1\n")))
    assert refused("-") == ["-:1:10: the number `1` where a list of buckets is expected"]
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("-") == ["-:1:1: standard input is closed"]


def test_a_dash_in_a_file_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is named on the command line only."""
    write(a_yaml="include: '-'\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BUCKETS.encode())))
    assert refused("a.yaml") == ["a.yaml:1:10: `./-`: there is no such file"]
    Path("-").write_text(MORE)
    assert names(load("a.yaml")) == ["docs-1250000000"]


def test_a_configuration_in_utf_16_is_read() -> None:
    """As Windows' Notepad writes it."""
    Path("a.yaml").write_bytes(BUCKETS.replace("\n", "\r\n").encode("utf-16"))
    assert names(load("a.yaml")) == ["media-1250000000"]


def test_a_configuration_in_gbk_is_refused_with_its_place() -> None:
    """As a Chinese Windows writes it."""
    Path("a.yaml").write_bytes(("# 上传头像用的桶\n" + BUCKETS).encode("gbk"))
    assert refused("a.yaml") == ["a.yaml:1:3: the file is not UTF-8; its bytes read as GBK (GB 18030)"]


# -- included files -----------------------------------------------------------------------------------------------


def test_paths_are_relative_to_the_file_that_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """From wherever the program runs."""
    write(
        conf__main_yaml=f"include: [sub/one.yaml]\n{BUCKETS}",
        conf__sub__one_yaml="include: ../two.yaml\nbuckets: []\n",
        conf__two_yaml="buckets:\n  - {name: docs-1250000000, region: ap-beijing, policy: sub/p.json}\n",
        conf__sub__p_json='{"statement": []}',
    )
    assert names(load("conf/main.yaml")) == ["media-1250000000", "docs-1250000000"]
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert len(load("../conf/main.yaml").buckets) == 2
    assert len(load(os.path.abspath("../conf/main.yaml")).buckets) == 2


def test_a_file_that_two_files_include_is_read_once() -> None:
    """A diamond is no circle, and its names are not taken twice; neither by another name of the same file."""
    write(
        main_yaml="include: [left.yaml, right.yaml, ./base.yaml, link.yaml]\n",
        left_yaml="include: base.yaml\n",
        right_yaml="include: sub/../base.yaml\n",
        base_yaml=BUCKETS,
    )
    Path("link.yaml").symlink_to("base.yaml")
    assert names(load("main.yaml")) == ["media-1250000000"]


@pytest.mark.parametrize("path", ["a.yaml", "./a.yaml", "sub/../a.yaml"])
@pytest.mark.parametrize("named", ["a.yaml", "./a.yaml", "link.yaml"])
def test_a_file_that_includes_itself_is_told(path: str, named: str) -> None:
    """However the command line and the file spell it."""
    Path("sub").mkdir()
    write(a_yaml=f"{BUCKETS}include:\n  - {named}\n")
    Path("link.yaml").symlink_to("a.yaml")
    (found,) = refused(path)
    assert found.startswith(f"{path}:4:5: `{named}` includes itself: {path} > ")


def test_a_circle_is_named_whole() -> None:
    """From the file that is met again, back to it; every other problem is told in the same run."""
    write(
        main_yaml=f"include: [a.yaml]\n{BUCKETS}bucket: 1\n",
        a_yaml="include: [b.yaml]\n",
        b_yaml="include: [c.yaml]\n",
        c_yaml="include: [a.yaml]\nclients: 1\n",
    )
    found = refused("main.yaml")
    assert "c.yaml:1:11: `a.yaml` includes itself: a.yaml > b.yaml > c.yaml > a.yaml" in found
    assert any(one.startswith("main.yaml:4:1: unknown key `bucket`") for one in found)
    assert any(one.startswith("c.yaml:2:10:") for one in found)


def test_an_include_that_cannot_be_read_is_told_where_it_is_named() -> None:
    """And what it may hold is not missed: no cascade of names that are not there."""
    write(
        main_yaml="include:\n  - gone.yaml\n  - folder\n  - empty.yaml\n  - list.yaml\n"
        "uploads:\n  - {name: u, client: c, bucket: b, operation: putObject}\n",
        empty_yaml="# nothing\n",
        list_yaml="- a\n",
    )
    Path("folder").mkdir()
    assert refused("main.yaml") == [
        "main.yaml:2:5: `gone.yaml`: there is no such file",
        "main.yaml:3:5: `folder`: this is a folder; expected a file",
        "empty.yaml:1:1: the file is empty",
        "list.yaml:1:1: a list where a mapping with the key `buckets` is expected",
    ]


@pytest.mark.parametrize("text", ["# nothing\n", "- a\n", "a: [\n", None])
def test_names_are_not_missed_when_one_file_could_not_be_read(text: str | None) -> None:
    """One problem, the file's own."""
    write(main_yaml="include: more.yaml\nuploads:\n  - {name: u, client: c, bucket: b, operation: putObject}\n")
    if text is not None:
        write(more_yaml=text)
    assert len(refused("main.yaml")) == 1


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("5", (1, 10), "the number `5` where text is expected"),
        ("[[a]]", (1, 11), "a list where the path of a file"),
        ("{a: b}", (1, 10), "a mapping where a list"),
        ("''", (1, 10), "an empty text"),
        ("[null]", (1, 11), "nothing where text"),
        ('"\\0"', (1, 10), "`\0`: the file cannot be read: not a file name"),
    ],
)
def test_an_include_that_names_no_file_is_told(written: str, place: tuple[int, int], message: str) -> None:
    """And nothing is opened for it."""
    write(a_yaml=f"include: {written}\n{BUCKETS}", **{"5": BUCKETS})
    (found,) = refused("a.yaml")
    assert found.startswith(f"a.yaml:{place[0]}:{place[1]}: {message}")


def test_what_an_included_file_must_not_have_is_told() -> None:
    """`audit` is the main file's; the same name in two files has both places."""
    write(main_yaml=f"include: a.yaml\n{BUCKETS}", a_yaml=f"{BUCKETS}audit: {{}}\n")
    with pytest.raises(InputError) as caught:
        load("main.yaml")
    name, audit = caught.value.problems
    assert str(audit.place) == "a.yaml:3:1" and audit.message == "`audit` stands in the main file only"
    assert str(name.place) == "a.yaml:2:12" and str(name.also) == "main.yaml:3:12"


def test_endless_includes_are_refused_quickly() -> None:
    """A thousand files, or fifty deep."""
    for number in range(60):
        Path(f"{number}.yaml").write_text(f"include: {number + 1}.yaml\n")
    assert refused("0.yaml") == ["49.yaml:1:10: more than 1000 files, or includes more than 50 deep"]
    Path("wide.yaml").write_text("include:\n" + "".join(f"  - w{number}.yaml\n" for number in range(1100)))
    for number in range(1100):
        Path(f"w{number}.yaml").write_text("buckets: []\n")
    assert refused("wide.yaml") == ["wide.yaml:1001:5: more than 1000 files, or includes more than 50 deep"]


def test_a_file_that_many_name_is_parsed_once_and_its_fault_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand buckets may share one policy file."""
    rows = "".join(f"  - {{name: b{number}-1250000000, region: ap-beijing, policy: p.json}}\n" for number in range(50))
    write(a_yaml=f"buckets:\n{rows}", p_json='{"version": "2.0", "statement": []}')
    calls = []
    compose = yamltree.compose

    def counted(text: str, troubles: list[yamltree.Trouble] | None = None) -> yamltree.Node | None:
        calls.append(text)
        return compose(text, troubles)

    monkeypatch.setattr(yamltree, "compose", counted)
    assert len(load("a.yaml").buckets) == 50
    assert len(calls) == 2
    write(p_json='{"a": 1')
    assert refused("a.yaml") == ["p.json:1:1: `{` is never closed with `}`"]
    write(p_json="")
    assert refused("a.yaml") == ["p.json:1:1: the file is empty"]


def test_a_domain_list_that_many_name_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each program keeps the place that names it."""
    rows = "".join(
        f"  - {{name: c{number}, platform: wechat-miniprogram, allowlist: list.txt}}\n" for number in range(5)
    )
    write(a_yaml=f"{BUCKETS}clients:\n{rows}", list_txt="request合法域名\nhttps://api.example.com\n")
    import cosaudit.wechat.pasted as pasted

    calls = []
    read = pasted.read_pasted

    def counted(text: str, name: str) -> pasted.Pasted:
        calls.append(name)
        return read(text, name)

    monkeypatch.setattr(pasted, "read_pasted", counted)
    clients = load("a.yaml").clients
    assert calls == ["list.txt"]
    places = [client.allowlist.place.line for client in clients if client.allowlist is not None]
    assert places == [4, 5, 6, 7, 8]


def test_names_of_files_that_are_chinese_are_found() -> None:
    """In the main file's name, and in what it names."""
    Path("桶.yaml").write_text(BUCKETS, "utf-8")
    Path("配置.yaml").write_text("include: 桶.yaml\n", "utf-8")
    assert names(load("配置.yaml")) == ["media-1250000000"]


# -- problems -----------------------------------------------------------------------------------------------------


def test_problems_beyond_a_thousand_are_counted() -> None:
    """Nobody reads more."""
    write(a_yaml=BUCKETS + "".join(f"k{number}: 1\n" for number in range(1500)))
    found = refused("a.yaml")
    assert len(found) == 1001
    assert found[-1].endswith(": and 500 more problems")


def test_ten_thousand_misspelled_references_are_told_quickly() -> None:
    """The search for the nearest word has an end."""
    buckets = "".join(f"  - {{name: bucket{number}-1250000000, region: ap-beijing}}\n" for number in range(5000))
    uploads = "".join(
        f"  - {{name: u{number}, client: c, bucket: buckets{number}-1250000000, operation: putObject}}\n"
        for number in range(5000)
    )
    clients = "clients:\n  - {name: c, platform: wechat-miniprogram}\n"
    write(a_yaml=f"buckets:\n{buckets}{clients}uploads:\n{uploads}")
    with pytest.raises(InputError) as caught:
        load("a.yaml")
    assert caught.value.problems[0].nearest is not None


@pytest.mark.parametrize(
    ("word", "words", "expected"),
    [
        ("ap-guangzou", ("ap-guangzhou", "ap-beijing"), "ap-guangzhou"),
        ("Buckets", ("buckets", "clients"), "buckets"),
        ("zzz", ("buckets", "clients"), None),
        ("", ("buckets",), None),
        ("x" * 10_000, ("buckets",), None),
    ],
)
def test_only_a_near_word_is_suggested(word: str, words: tuple[str, ...], expected: str | None) -> None:
    """No wild guess."""
    assert nearest_word(word, words) == expected


def test_the_same_problem_at_the_same_place_is_told_once() -> None:
    """A mapping behind an alias is decoded each time it is met."""
    write(
        a_yaml="x-base: &base {region: nowhere, owner: 5}\n"
        "buckets:\n  - {<<: *base, name: a-1}\n  - {<<: *base, name: b-1}\n"
    )
    found = refused("a.yaml")
    assert len(found) == len(set(found)) == 2


def test_a_reader_says_nothing_when_nothing_is_wrong() -> None:
    """And raises as soon as one thing is."""
    reader = Reader()
    reader.stop_if_wrong()
    reader.add(Problem(reader.place(yamltree.Node(yamltree.SCALAR, "", 1, 1)), "wrong"))
    with pytest.raises(InputError):
        reader.stop_if_wrong()


def test_one_file_has_one_identity() -> None:
    """By any spelling; standard input is no file."""
    write(a_yaml="")
    assert identity("a.yaml") == identity("./x/../a.yaml") == identity(os.path.abspath("a.yaml"))
    assert identity("-") == "-" != identity("./-")
    assert identity("a\0b") == "a\0b"
