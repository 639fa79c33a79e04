"""Hosts of COS: made, and recognised again."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosaudit import data
from cosaudit.cos import hosts, names, regions
from cosaudit.model import Form

BUCKETS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?-[0-9]{1,12}", fullmatch=True).filter(
    lambda text: names.parsed(text) is not None
)
REGIONS = st.sampled_from(regions.ids())
TODAY = [id for id in regions.ids() if id not in regions.legacy_ids()]
assert len(TODAY) >= 25

#: Forms whose host holds bucket and region, for a region of today.
FULL = [Form.BUCKET, Form.BACKUP, Form.INTERNAL, Form.WEBSITE, Form.DUALSTACK, Form.CI, Form.PIC]


@given(st.sampled_from(FULL), BUCKETS, st.sampled_from(TODAY))
def test_a_host_that_is_made_is_recognised(form, bucket, region):
    """identify(bucket_host(form, bucket, region)) gives form, bucket and region back."""
    found = hosts.identify(hosts.bucket_host(form, bucket, region))

    assert found is not None
    assert (found.form, found.bucket, found.region) == (form, bucket, region)
    assert found.region_known
    assert found.problem is None


@given(BUCKETS, REGIONS)
def test_a_default_host_takes_the_form_of_its_region(bucket, region):
    """In an old region BUCKET makes the host without `cos.`, and it is recognised as LEGACY."""
    host = hosts.bucket_host(Form.BUCKET, bucket, region)
    old = region in regions.legacy_ids()

    assert hosts.classify(host) == (Form.LEGACY if old else Form.BUCKET, bucket, region)
    assert (".cos." in host.removeprefix(bucket)) is not old
    assert len(host) == 60 - names.host_room(names.BucketName.parse(bucket), region)


@given(BUCKETS, REGIONS, st.text("abc/", max_size=8))
def test_a_regional_host_has_the_bucket_in_its_path(bucket, region, rest):
    """Path style: the first segment is the bucket, in the old form too."""
    url = f"https://{hosts.bucket_host(Form.REGIONAL, bucket, region)}/{bucket}/{rest}"
    found = hosts.identify(url)

    assert found is not None
    assert found.form is (Form.LEGACY_REGIONAL if region in regions.legacy_ids() else Form.REGIONAL)
    assert (found.bucket, found.region, found.bucket_in_path) == (bucket, region, True)
    assert found.path == f"/{bucket}/{rest}"


@given(BUCKETS)
def test_hosts_without_a_region_are_recognised(bucket):
    """Acceleration and the old CDN name the bucket alone."""
    for form in (Form.ACCELERATE, Form.INTERNAL_ACCELERATE, Form.CDN):
        assert hosts.classify(hosts.bucket_host(form, bucket, "ap-beijing")) == (form, bucket, None)
    assert hosts.classify(hosts.bucket_host(Form.SERVICE, bucket, "ap-beijing")) == (Form.SERVICE, None, None)


@given(BUCKETS, st.sampled_from(sorted(regions.legacy_ids())))
def test_newer_forms_in_an_old_region_are_made_with_the_id_of_today(bucket, region):
    """There is no `<bucket>.cn-south.tencentcos.cn`: the backup host has the region's id of today."""
    entry = regions.region(region)
    assert entry is not None

    assert hosts.bucket_host(Form.BACKUP, bucket, region) == f"{bucket}.cos.{entry.current}.tencentcos.cn"


@given(BUCKETS)
def test_a_json_api_host_is_recognised(bucket):
    """`<bucket>.cosgz.myqcloud.com`: the name of the old API is kept as written."""
    host = hosts.bucket_host(Form.JSON_API, bucket, "ap-guangzhou")
    found = hosts.identify(host)

    assert host == f"{bucket}.cosgz.myqcloud.com"
    assert found is not None
    assert (found.form, found.bucket, found.region) == (Form.JSON_API, bucket, "cosgz")
    assert not found.region_known
    assert found.problem is not None


@pytest.mark.parametrize(
    ("form", "region"),
    [
        (Form.CUSTOM, "ap-beijing"),
        (Form.OTHER_COS, "ap-beijing"),
        (Form.LEGACY, "ap-beijing"),
        (Form.LEGACY_REGIONAL, "ap-beijing"),
        (Form.JSON_API, "ap-osaka"),
    ],
)
def test_a_form_without_a_host_raises(form, region):
    """No host follows from a bucket and a region there."""
    with pytest.raises(ValueError, match="no host of the form"):
        hosts.bucket_host(form, "media-1250000000", region)


def test_hosts_are_those_of_the_facts():
    """The patterns in the code and the facts that explain them say the same."""
    told = {id: fact.value for id, fact in data.facts_of("cos").items() if id.startswith("cos.host.")}
    for form, id in {
        Form.BUCKET: "cos.host.bucket",
        Form.REGIONAL: "cos.host.regional",
        Form.ACCELERATE: "cos.host.accelerate",
        Form.BACKUP: "cos.host.backup",
        Form.INTERNAL: "cos.host.internal",
        Form.WEBSITE: "cos.host.website",
        Form.DUALSTACK: "cos.host.dualstack",
        Form.SERVICE: "cos.host.service",
        Form.CI: "cos.host.ci",
        Form.PIC: "cos.host.pic",
        Form.CDN: "cos.host.cdn",
    }.items():
        expected = told[id].format(bucket="a-1", region="ap-beijing")
        assert hosts.bucket_host(form, "a-1", "ap-beijing") == expected
    old = told["cos.host.legacy"].format(bucket="a-1", region="sg")
    assert hosts.bucket_host(Form.LEGACY, "a-1", "sg") == old


HOST = "media-1250000000.cos.ap-guangzhou.myqcloud.com"


@pytest.mark.parametrize(
    ("text", "scheme", "port", "path"),
    [
        (HOST, None, None, ""),
        (f"https://{HOST}", "https", None, ""),
        (f"HTTPS://{HOST.upper()}/A.JPG", "https", None, "/A.JPG"),
        (f"http://{HOST}:8080/a?x=1#y", "http", 8080, "/a"),
        (f"//{HOST}/a", None, None, "/a"),
        (f"{HOST}:443", None, 443, ""),
        (f"{HOST}.", None, None, ""),
        (f"https://{HOST}./a", "https", None, "/a"),
        (f"https://user:secret@{HOST}/a", "https", None, "/a"),
        (f'  "{HOST}" ', None, None, ""),
        (f"'{HOST}',", None, None, ""),
        (f"<https://{HOST}/a>", "https", None, "/a"),
        (f"({HOST})", None, None, ""),
        (f"[{HOST}]", None, None, ""),
        (f"\u201chttps://{HOST}/a\u201d\u3002", "https", None, "/a"),
        (f"\uff08{HOST}\uff09\uff0c", None, None, ""),
        (f"https\uff1a//{HOST}/a", None, None, "/a"),
        (f"\ufeff{HOST}\u200b", None, None, ""),
        (f"https:\\/\\/{HOST}\\/a", "https", None, "/a"),
        (f"uploadFile:fail url not in domain list https://{HOST}/", "https", None, "/"),
        (f'{{"errMsg":"request:fail","url":"https://{HOST}/a"}}', "https", None, "/a"),
        (f"https://api.example.com refused, see {HOST}", None, None, ""),
        (f"Host: {HOST}", None, None, ""),
        (f"host={HOST}&x=1", None, None, ""),
        (f"url:https://{HOST}/a", "https", None, "/a"),
        (f"https://{HOST}?prefix=a", "https", None, ""),
        (f"{HOST};https://api.example.com", None, None, ""),
    ],
)
def test_a_host_is_found_however_it_is_pasted(text, scheme, port, path):
    """From a console, an error, a log or JSON: the same host."""
    found = hosts.identify(text.replace("&x=1", ""))

    assert found is not None
    assert (found.host, found.form, found.bucket) == (HOST, Form.BUCKET, "media-1250000000")
    assert (found.scheme, found.port, found.path) == (scheme, port, path)
    assert found.problem is None


@pytest.mark.parametrize(
    ("text", "form", "bucket", "region", "problem"),
    [
        ("media.cos.ap-guangzhou.myqcloud.com", Form.BUCKET, None, "ap-guangzhou", "the appid is missing"),
        ("a.b-1.cos.ap-guangzhou.myqcloud.com", Form.BUCKET, None, "ap-guangzhou", "has a dot"),
        ("*.cos.ap-guangzhou.myqcloud.com", Form.BUCKET, None, "ap-guangzhou", "stands for nothing"),
        ("a-x--1.cos.ap-guangzhou.myqcloud.com", Form.BUCKET, None, "ap-guangzhou", "cosrapid"),
        ("a-1.ap-guangzhou.myqcloud.com", Form.OTHER_COS, "a-1", "ap-guangzhou", "`cos.` is missing"),
        ("cos-ap-beijing.myqcloud.com", Form.OTHER_COS, None, "ap-beijing", "`cos.ap-beijing.myqcloud.com`"),
        ("a-1.cos-ap-beijing.myqcloud.com", Form.OTHER_COS, "a-1", "ap-beijing", "stands a dot"),
        ("a-1.cos.sg.myqcloud.com", Form.OTHER_COS, "a-1", "sg", "`a-1.sg.myqcloud.com`"),
        ("a-1.cos.myqcloud.com", Form.OTHER_COS, "a-1", None, "the region is missing"),
        ("a-1.accelerate.myqcloud.com", Form.OTHER_COS, "a-1", None, "`a-1.cos.accelerate.myqcloud.com`"),
        ("a-1.cos.ap-guangzou.myqcloud.com", Form.BUCKET, "a-1", "ap-guangzou", "mean `ap-guangzhou`?"),
        ("a-1.cos.ap-guangzhou-3.myqcloud.com", Form.BUCKET, "a-1", "ap-guangzhou-3", "a zone's name"),
        ("a-1.cos.gz.myqcloud.com", Form.BUCKET, "a-1", "gz", "JSON API's name of `ap-guangzhou`"),
        ("cos.accelerate.myqcloud.com", Form.ACCELERATE, None, None, "no bucket"),
        ("myqcloud.com", Form.OTHER_COS, None, None, "the parent domain"),
        ("https://tencentcos.cn", Form.OTHER_COS, None, None, "the parent domain"),
        ("gz.file.myqcloud.com", Form.JSON_API, None, "gz", "retired"),
        ("web.file.myqcloud.com", Form.JSON_API, None, None, "retired"),
        ("a-1.cosgz.myqcloud.com", Form.JSON_API, "a-1", "cosgz", "retired"),
        ("a-x--1.cosrapid.ap-beijing.myqcloud.com", Form.OTHER_COS, None, "ap-beijing", "cosrapid"),
        ("100001.cos-control.ap-beijing.myqcloud.com", Form.OTHER_COS, None, "ap-beijing", "batch jobs"),
        ("a-1.cosv6.ap-beijing.myqcloud.com", Form.OTHER_COS, "a-1", "ap-beijing", "no form that is known"),
        ("a-1.cn-south.tencentcos.cn", Form.OTHER_COS, "a-1", "cn-south", "`a-1.cn-south.myqcloud.com`"),
        ("a-1.cos..myqcloud.com", Form.OTHER_COS, None, None, "no form that is known"),
        ("localhost:8080", Form.CUSTOM, None, None, "the phone itself"),
        ("https://a_b.example.com", Form.CUSTOM, None, None, "no host has such a name"),
    ],
)
def test_a_host_that_will_not_do_says_why(text, form, bucket, region, problem):
    """The form as near as can be told, and the problem in one line."""
    found = hosts.identify(text)

    assert found is not None
    assert (found.form, found.bucket, found.region) == (form, bucket, region)
    assert found.problem is not None
    assert problem in found.problem


@pytest.mark.parametrize(
    ("text", "form", "bucket", "region"),
    [
        ("a-1.sg.myqcloud.com", Form.LEGACY, "a-1", "sg"),
        ("cn-south.myqcloud.com/a-1/x", Form.LEGACY_REGIONAL, "a-1", "cn-south"),
        ("a-1.cos.accelerate.tencentcos.cn", Form.ACCELERATE, "a-1", None),
        ("a-1.cos-website.ap-beijing.tencentcos.cn", Form.WEBSITE, "a-1", "ap-beijing"),
        ("a-1.cos-website-internal.ap-beijing.tencentcos.cn", Form.INTERNAL, "a-1", "ap-beijing"),
        ("a-1.cos-internal.ap-beijing.myqcloud.com", Form.INTERNAL, "a-1", "ap-beijing"),
        ("cos.ap-beijing.tencentcos.cn/a-1", Form.REGIONAL, "a-1", "ap-beijing"),
        ("cos.ap-beijing.myqcloud.com/photos/1.jpg", Form.REGIONAL, None, "ap-beijing"),
        ("ci.ap-beijing.myqcloud.com", Form.CI, None, "ap-beijing"),
        ("service.cos.tencentcos.cn", Form.SERVICE, None, None),
        ("http://media-1250000000.picgz.myqcloud.com/a.jpg", Form.PIC, "media-1250000000", "ap-guangzhou"),
        ("a-1.picsh.myqcloud.com", Form.PIC, "a-1", "ap-shanghai"),
        ("a-1.picxy.myqcloud.com", Form.PIC, "a-1", None),
        ("https://www.example.com/a-1", Form.CUSTOM, None, None),
        ("a-1.cos.ap-beijing.myqcloud.com.evil.example", Form.CUSTOM, None, None),
        ("xmyqcloud.com", Form.CUSTOM, None, None),
        ("10.0.0.1:8080", Form.CUSTOM, None, None),
        ("http://[::1]:80/", Form.CUSTOM, None, None),
        ("[fe80::1]", Form.CUSTOM, None, None),
        ("https://\u4f8b\u5b50.\u4e2d\u56fd/a", Form.CUSTOM, None, None),
        ("xn--fsqu00a.xn--fiqs8s", Form.CUSTOM, None, None),
    ],
)
def test_every_form_is_recognised(text, form, bucket, region):
    """Hosts that work, or that are not of COS, have no problem."""
    found = hosts.identify(text)

    assert found is not None
    assert (found.form, found.bucket, found.region) == (form, bucket, region)
    assert found.problem is None


@pytest.mark.parametrize("text", ["http://[::1]:80/", "10.0.0.1", "https://203.0.113.5:443/x"])
def test_an_address_gets_a_note(text):
    """WeChat takes no IP address as an entry."""
    found = hosts.identify(text)

    assert found is not None
    assert any("IP address" in note for note in found.notes)


NO_HOSTS = ["", " ", "media-1250000000", "v1.8.0", "3.14", "https://", "//", "?", "...", "a:b"]


@pytest.mark.parametrize("text", NO_HOSTS)
def test_a_text_without_a_host_gives_none(text):
    """Nothing is invented."""
    assert hosts.identify(text) is None


def test_a_declared_region_is_known_in_hosts():
    """`regions:` of the configuration makes a new region's host an ordinary one."""
    host = "a-1.cos.ap-mars.myqcloud.com"
    unknown, known = hosts.identify(host), hosts.identify(host, ("ap-mars",))

    assert unknown is not None
    assert known is not None
    assert unknown.problem == "`ap-mars` is no region that is known"
    assert (known.problem, known.region_known) == (None, True)
    assert hosts.classify("a-1.ap-mars.myqcloud.com", ("ap-mars",)) == (Form.OTHER_COS, "a-1", "ap-mars")


PIECES = st.sampled_from(
    [
        *("https://", "//", ":", ".", "@", "[", "]", "/", "\\", "?", "#", "*", "-", "=", "%00", "\0", " "),
        *("a-1", "cos", "sg", "file", "accelerate", "cos.ap-beijing", "\u3002", "\ud800"),
        *("myqcloud.com", ".myqcloud.com", "tencentcos.cn"),
    ]
)


@given(st.text() | st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_no_text_makes_it_raise(text):
    """Whatever is pasted: an answer, and what is said of it is printable."""
    found = hosts.identify(text)

    if found is not None:
        assert found.host
        assert found.host == found.host.lower()
        assert found.problem is None or found.problem.isprintable()
        assert all(note.isprintable() for note in found.notes)
        assert found.bucket is None or names.parsed(found.bucket) is not None


@given(st.text())
def test_no_host_makes_classify_raise(text):
    """The gates hand it whatever stands in a configuration."""
    form, bucket, _ = hosts.classify(f"{text}.myqcloud.com")

    assert form is not Form.CUSTOM
    assert bucket is None or names.parsed(bucket) is not None


UNITS = ["a", "a.", "https://", "[", "-", "a-1.cos.", "=", "@", ":", "\u3002", "a b ", "\\/"]


@pytest.mark.parametrize("unit", UNITS)
def test_long_texts_take_linear_time(unit):
    """Eight times the text may take some eight times as long, never sixty-four times."""

    def cost(length: int) -> float:
        text = (unit * length)[:length]
        best = 9.0
        for _ in range(3):
            start = time.perf_counter()
            hosts.identify(text)
            best = min(best, time.perf_counter() - start)
        return best

    assert cost(160_000) < 30 * cost(20_000) + 0.05


@pytest.mark.parametrize(
    ("host", "bucket", "region", "answer"),
    [
        ("a-1.cos.ap-beijing.myqcloud.com", "a-1", "ap-beijing", (True, "high")),
        ("a-1.cos.ap-beijing.myqcloud.com", "a-1", "ap-shanghai", (False, "high")),
        ("b-1.cos.ap-beijing.myqcloud.com", "a-1", "ap-beijing", (False, "high")),
        ("a-1.cn-south.myqcloud.com", "a-1", "ap-guangzhou", (True, "high")),
        ("a-1.cos.ap-guangzhou.myqcloud.com", "a-1", "cn-south", (True, "high")),
        ("a-1.sg.myqcloud.com", "a-1", "ap-singapore", (True, "medium")),
        ("a-1.cn-south-2.myqcloud.com", "a-1", "ap-guangzhou", (False, "low")),
        ("cos.ap-beijing.myqcloud.com", "a-1", "ap-beijing", (True, "high")),
        ("a-1.cos.accelerate.myqcloud.com", "a-1", "ap-beijing", (True, "high")),
        ("a-1.cos.ap-beijing.tencentcos.cn", "a-1", "ap-beijing", (True, "high")),
        ("a-1.cosgz.myqcloud.com", "a-1", "ap-guangzhou", (True, "high")),
        ("media.cos.ap-beijing.myqcloud.com", "media-1", "ap-beijing", (False, "low")),
        ("www.example.com", "a-1", "ap-beijing", (False, "low")),
    ],
)
def test_a_host_reaches_its_bucket_alone(host, bucket, region, answer):
    """Bucket and region of the host against those of a bucket; old and new names are one place."""
    assert hosts.same_bucket_region(*hosts.classify(host), bucket, region) == answer


@pytest.mark.parametrize(
    ("action", "answer", "fact"),
    [
        ("name/cos:PutObject", "served", "cos.accelerate.served-actions"),
        ("name/cos:PostObject", "served", "cos.accelerate.served-actions"),
        ("name/cos:ListMultipartUploads", "served", "cos.accelerate.served-actions"),
        ("name/cos:DeleteObject", "refused", "cos.accelerate.refused-actions"),
        ("name/cos:PutObjectCopy", "refused", "cos.accelerate.refused-copy"),
        ("name/cos:PutBucketLifecycle", "refused", "cos.accelerate.refused-likely"),
        ("name/cos:GetBucketLocation", "refused", "cos.accelerate.refused-likely"),
        ("name/cos:GetBucket", "unknown", None),
        ("name/cos:AbortMultipartUpload", "unknown", None),
    ],
)
def test_the_acceleration_host_serves_uploads_and_downloads(action, answer, fact):
    """Deletion is refused (coscmd issue 274), copying too; of listing nobody says."""
    assert hosts.accelerate_answer(action) == (answer, fact)
    assert fact is None or data.fact(fact).id == fact
