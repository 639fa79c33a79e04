"""`cosaudit host`: the JSON and the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cli import host
from cosaudit.cos import hosts
from cosaudit.model import Form

KEYS = [
    "version", "input", "form", "host", "scheme", "port", "bucket", "appid", "region", "region_name",
    "canonical", "wechat_entry", "problem", "notes", "facts",
]  # fmt: skip

MEDIA = "media-1250000000.cos.ap-guangzhou.myqcloud.com"


def test_a_bucket_host_is_described_whole():
    """The contract of the JSON, in its order."""
    found = host.describe(f"https://{MEDIA}/a.jpg")

    assert found == {
        "version": 1,
        "input": f"https://{MEDIA}/a.jpg",
        "form": "bucket",
        "host": MEDIA,
        "scheme": "https",
        "port": None,
        "bucket": "media-1250000000",
        "appid": "1250000000",
        "region": "ap-guangzhou",
        "region_name": "Guangzhou",
        "canonical": MEDIA,
        "wechat_entry": f"https://{MEDIA}",
        "problem": None,
        "notes": [],
        "facts": ["cos.host.bucket"],
    }
    assert list(found) == KEYS


def test_a_bucket_host_is_said_in_words():
    """First what it is, then what to type, whole and exact."""
    assert host.render(host.describe(MEDIA)) == (
        "media-1250000000 in ap-guangzhou (Guangzhou): the bucket's own host\n"
        "\n"
        "WeChat console, 开发管理 > 开发设置 > 服务器域名, exactly:\n"
        f"  https://{MEDIA}\n"
        "  request合法域名       putObject, parts of large files, list, delete\n"
        "  uploadFile合法域名    postObject, wx.uploadFile\n"
        "  downloadFile合法域名  wx.downloadFile, wx.getImageInfo\n"
        "\n"
        "Facts: cos.host.bucket\n"
    )


@pytest.mark.parametrize(
    ("text", "canonical", "entry"),
    [
        ("a-1.cn-south.myqcloud.com", "a-1.cos.ap-guangzhou.myqcloud.com", "https://a-1.cn-south.myqcloud.com"),
        ("a-1.cn-south-2.myqcloud.com", "a-1.cn-south-2.myqcloud.com", "https://a-1.cn-south-2.myqcloud.com"),
        ("cos.ap-beijing.myqcloud.com/a-1/x", "a-1.cos.ap-beijing.myqcloud.com", "https://cos.ap-beijing.myqcloud.com"),
        ("a-1.cos.accelerate.tencentcos.cn", "a-1.cos.accelerate.myqcloud.com", "https://a-1.cos.accelerate.tencentcos.cn"),
        ("a-1.cos-internal.ap-beijing.tencentcos.cn", "a-1.cos.ap-beijing.myqcloud.com", None),
        ("a-1.ap-beijing.myqcloud.com", "a-1.cos.ap-beijing.myqcloud.com", None),
        ("a-1.cosgz.myqcloud.com", "a-1.cos.ap-guangzhou.myqcloud.com", None),
        ("media.cos.ap-beijing.myqcloud.com", None, None),
        ("a-1.ci.ap-beijing.myqcloud.com", None, "https://a-1.ci.ap-beijing.myqcloud.com"),
        ("https://api.example.com:8443/x", None, "https://api.example.com:8443"),
        ("https://api.example.com:443/x", None, "https://api.example.com"),
        ("http://api.example.com", None, "https://api.example.com"),
        ("10.0.0.1", None, None),
        ("http://[::1]/", None, None),
        ("localhost", None, None),
        ("https://intranet/", None, None),
        ("https://\u4f8b\u5b50.\u4e2d\u56fd", None, None),
        ("*.example.com", None, None),
        ("no host", None, None),
    ],
)
def test_the_entry_is_for_this_host_and_the_canonical_for_the_bucket(text, canonical, entry):
    """An entry only where WeChat takes it and a phone gets there."""
    found = host.describe(text)

    assert (found["canonical"], found["wechat_entry"]) == (canonical, entry)


REQUEST, UPLOAD, DOWNLOAD = "request合法域名", "uploadFile合法域名", "downloadFile合法域名"


@pytest.mark.parametrize(
    ("text", "boxes", "told"),
    [
        ("a-1.cos-website.ap-beijing.myqcloud.com", [DOWNLOAD], "an upload is refused here"),
        ("a-1.file.myqcloud.com", [DOWNLOAD], "for downloads"),
        ("a-1.cos.accelerate.myqcloud.com", [REQUEST, UPLOAD, DOWNLOAD], "putObject, parts of large files\n"),
        ("service.cos.myqcloud.com", [REQUEST], "getService"),
        ("a-1.ci.ap-beijing.myqcloud.com", [REQUEST], "no storage"),
        ("a-1.picgz.myqcloud.com", [REQUEST, DOWNLOAD], "no storage"),
        ("a-1.cos-internal.ap-beijing.tencentcos.cn", [REQUEST, UPLOAD, DOWNLOAD], "list, delete"),
        ("a-1.cos.ap-beijing.tencentcos.cn", [REQUEST, UPLOAD, DOWNLOAD], "list, delete"),
    ],
)
def test_only_the_boxes_that_serve_a_form_are_printed(text, boxes, told):
    """No upload goes to a host that only reads or stores nothing."""
    shown = host.render(host.describe(text))

    assert [box for box in (REQUEST, UPLOAD, DOWNLOAD) if f"  {box} " in shown] == boxes
    assert told in shown


@pytest.mark.parametrize("port", [8080, 8443])
def test_a_port_of_a_cos_host_is_left_away(port):
    """COS is documented on 443 and 80 only, and an entry with a port allows exactly that one."""
    found = host.describe(f"http://{MEDIA}:{port}/x")

    assert found["wechat_entry"] == f"https://{MEDIA}"
    assert f"COS is documented on ports 443 and 80 only: leave `:{port}` away" in found["notes"]
    assert "cos.host.ports" in found["facts"]


def test_port_80_is_not_an_https_port():
    """`:80` in an entry would let in only URLs that spell it."""
    assert host.describe(f"http://{MEDIA}:80/x")["wechat_entry"] == f"https://{MEDIA}"
    assert any(":80" in note for note in host.describe(f"{MEDIA}:80")["notes"])
    assert host.describe("http://api.example.com:80")["wechat_entry"] == "https://api.example.com"


def test_every_form_cites_facts_that_there_are():
    """No form is forgotten, and no id is invented."""
    assert set(host._FACTS) == set(host._WORDS) == set(Form)
    cited = {id for ids in host._FACTS.values() for id in ids}
    assert cited
    assert cited <= set(data.facts())
    for odd in ("cos-ap-beijing", "a-1.cos.sg", "a-1.ap-beijing", "a-1.cos.x"):
        text = f"{odd}.myqcloud.com"
        ids = host.describe(text)["facts"]
        assert ids
        assert set(ids) <= set(data.facts())


COS_LIKE = r"(https?://)?[a-z0-9.-]{1,30}\.(myqcloud\.com|tencentcos\.cn)(:[0-9]{1,5})?(/a)?"


@given(st.text() | st.from_regex(COS_LIKE, fullmatch=True))
def test_any_text_has_an_answer_that_prints(text):
    """JSON with the same keys always; text of printable lines."""
    found = host.describe(text)

    assert list(found) == KEYS
    assert json.loads(json.dumps(found)) == found
    shown = host.render(found)
    assert shown.endswith("\n")
    assert all(line.isprintable() for line in shown.split("\n"))
    if found["wechat_entry"]:
        again = hosts.identify(found["wechat_entry"])
        assert again is not None
        assert again.host == found["host"]


@pytest.mark.parametrize("form", [form for form in Form if form not in (Form.CUSTOM, Form.OTHER_COS)])
def test_lines_keep_to_80_columns(form):
    """With the longest bucket name of a region, and Chinese characters as two columns."""
    region = "cn-southwest" if form.value.startswith("legacy") else "ap-guangzhou"
    text = hosts.bucket_host(form, f"{'a' * 19}-1250000000", region)

    for line in host.render(host.describe(text)).splitlines():
        assert len(line) + sum(ord(char) > 0x2E80 for char in line) <= 80, line


def test_an_unknown_text_says_so():
    """No host, no guess."""
    assert host.render(host.describe("nothing here")) == "No host: there is no host in this text\n"
