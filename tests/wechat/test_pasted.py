"""Domain lists as people paste them."""

from __future__ import annotations

import doctest
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosaudit.wechat import pasted
from cosaudit.wechat.entries import parse_entry
from cosaudit.wechat.pasted import Pasted, read_pasted

# The samples are Chinese, with full-width punctuation.

BUCKET = "https://media-1250000000.cos.ap-guangzhou.myqcloud.com"
TEXT = "text with headings, as in the WeChat console"
NAMED = "lists by name"


class Sample:
    """A text, and what must be found in it: entries by list, the rest by part, the shape."""

    def __init__(self, text: str, source: str, lists: dict[str, list[str]], **rest: Any) -> None:
        self.text = text
        self.source = source
        self.lists = lists
        self.rest = rest


SAMPLES = {
    "console": Sample(
        f"""开发管理 > 开发设置
服务器域名
一个月内可申请50次修改
本月还可修改47次
修改
服务器配置\t域名\t可配置数量
request合法域名\thttps://api.example.com;{BUCKET}\t200
socket合法域名\twss://ws.example.com\t200
uploadFile合法域名\t{BUCKET}\t200
downloadFile合法域名\t\t200
udp合法域名\tudp://game.example.com\t200
tcp合法域名\t-\t200
DNS预解析域名\tdns.example.com\t5
预连接域名\thttps://pre.example.com\t5
业务域名
https://h5.example.com
""",
        TEXT,
        {"request": ["https://api.example.com", BUCKET], "uploadFile": [BUCKET], "downloadFile": []},
        other={
            "socket": ["wss://ws.example.com"],
            "udp": ["udp://game.example.com"],
            "tcp": [],
            "dns-prefetch": ["dns.example.com"],
            "preconnect": ["https://pre.example.com"],
            "business": ["https://h5.example.com"],
        },
    ),
    "console, one entry a line, full-width": Sample(
        """服务器域名配置
request 合法域名：
https://a.example.com；
https://b.example.com；
uploadFile（上传） 合法域名： 未配置
downloadFile 合法域名：https://d.example.com、https://e.example.com
以https://开头。可填写200个域名，域名间请用;分割
保存并提交　取消
""",
        TEXT,
        {
            "request": ["https://a.example.com", "https://b.example.com"],
            "uploadFile": [],
            "downloadFile": ["https://d.example.com", "https://e.example.com"],
        },
    ),
    "console, line breaks lost": Sample(
        "request合法域名https://a.example.comhttps://b.example.com uploadFile合法域名https://u.example.com",
        TEXT,
        {
            "request": ["https://a.example.com", "https://b.example.com"],
            "uploadFile": ["https://u.example.com"],
        },
    ),
    "console, the page's other parts": Sample(
        """request合法域名\thttps://a.example.com
消息推送
URL(服务器地址)\thttps://a.example.com/wx/callback
""",
        TEXT,
        {"request": ["https://a.example.com"]},
        other={"消息推送": ["https://a.example.com/wx/callback"]},
        unread=["服务器地址"],
    ),
    "console in English": Sample(
        """Server Domain Name
Modify (47 modifications left this month)
request valid domain names\thttps://a.example.com
socket valid domain\twss://w.example.com
Valid domain name of uploadFile: https://u.example.com
downloadFile legal domain name\tNot configured
""",
        TEXT,
        {"request": ["https://a.example.com"], "uploadFile": ["https://u.example.com"], "downloadFile": []},
        other={"socket": ["wss://w.example.com"]},
    ),
    "developer tools, domain page": Sample(
        f"""域名信息
[ ] 不校验合法域名、web-view（业务域名）、TLS 版本以及 HTTPS 证书
request 合法域名
https://api.example.com
{BUCKET}
socket 合法域名
无
uploadFile 合法域名
{BUCKET}
downloadFile 合法域名
""",
        TEXT,
        {"request": ["https://api.example.com", BUCKET], "uploadFile": [BUCKET], "downloadFile": []},
        other={"socket": []},
    ),
    "developer tools, error with its list": Sample(
        """Mon Nov 23 2026 20:58:00 GMT+0800 (中国标准时间) request 合法域名校验出错
如若已在管理后台更新域名配置，请刷新项目配置后重新编译项目，操作路径：“详情-域名信息”
 https://x.example.com 不在以下 request 合法域名列表中，请参考文档：https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html(env: Windows,mp,1.06.2412050; lib: 3.8.7)
(index)\t0
0\t'https://api.example.com'
1\t'https://b.example.com'
Array(2)
""",  # noqa: E501
        "error of the developer tools, with its list",
        {"request": ["https://api.example.com", "https://b.example.com"]},
        refused=["https://x.example.com"],
        links=["https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html"],
    ),
    "developer tools, two errors": Sample(
        """https://x.example.com 不在以下 uploadFile 合法域名列表中，请参考文档：https://developers.weixin.qq.com/a.html
(索引)\t值
0\t"https://u.example.com"
http://127.0.0.1:5000 不在以下 request 合法域名列表中，请参考文档：https://developers.weixin.qq.com/a.html
0\t"https://r.example.com"
""",
        "error of the developer tools, with its list",
        {"request": ["https://r.example.com"], "uploadFile": ["https://u.example.com"]},
        refused=["https://x.example.com", "http://127.0.0.1:5000"],
        links=["https://developers.weixin.qq.com/a.html"] * 2,
    ),
    "developer tools of 2018, which name no list": Sample(
        """ https://x.example.com 不在以下合法域名列表中，请参考文档：https://mp.weixin.qq.com/debug/wxadoc/dev/api/network-request.html
┌─────────┬───────────────────────────┐
│ (index) │             0             │
├─────────┼───────────────────────────┤
│    0    │ 'https://api.example.com' │
└─────────┴───────────────────────────┘
""",
        "error of the developer tools, with its list",
        {},
        unlabelled=["https://api.example.com"],
        refused=["https://x.example.com"],
        links=["https://mp.weixin.qq.com/debug/wxadoc/dev/api/network-request.html"],
    ),
    "developer tools, the error alone": Sample(
        f"{BUCKET} 不在以下 uploadFile 合法域名列表中，请参考文档：https://developers.weixin.qq.com/x.html",
        "error of the developer tools, without a list",
        {},
        refused=[BUCKET],
        links=["https://developers.weixin.qq.com/x.html"],
    ),
    "phone": Sample(
        '{"errMsg":"uploadFile:fail url not in domain list"}', "error message; it holds no list", {}
    ),
    "phone, newer": Sample(
        '{errno: 600002, errMsg: "request:fail url not in domain list:101.36.73.140"}',
        "error message; it holds no list",
        {},
        refused=["101.36.73.140"],
    ),
    "phone, with the lines of a stack": Sample(
        "request:fail url not in domain list:api.example.com\n"
        "    at Function.<anonymous> (WAService.js:2:1234)\n"
        "    at page (https://servicewechat.com/wx0123456789abcdef/0/page-frame.html:1:2)\n",
        "error message; it holds no list",
        {},
        refused=["api.example.com"],
        links=["https://servicewechat.com/wx0123456789abcdef/0/page-frame.html:1:2"],
        unread=["at Function.<anonymous> (WAService.js:2:1234", "at page"],
    ),
    "plugin": Sample(
        'Url "https://p.example.com" not in plugin\'s domain list. '
        "This network request will be blocked in release version.",
        "error message; it holds no list",
        {},
        refused=["https://p.example.com"],
    ),
    "separated by ;": Sample(
        "https://a.example.com;https://b.example.com; c.example.com;",
        "list without headings",
        {},
        unlabelled=["https://a.example.com", "https://b.example.com", "c.example.com"],
    ),
    "bullets, quotes, numbers": Sample(
        '- https://a.example.com\n* `https://b.example.com`\n1. "https://c.example.com",\n'
        "【https://d.example.com】\n**https://e.example.com**\n<https://f.example.com>\n",
        "list without headings",
        {},
        unlabelled=[f"https://{letter}.example.com" for letter in "abcdef"],
    ),
    "odd entries under a heading": Sample(
        "request合法域名\nhttp://a.example.com\nhttps://*.example.com\n*.example.com\nhttps://1.2.3.4:80\n"
        "localhost:3000\nhttps://<bucket>-<appid>.cos.ap-guangzhou.myqcloud.com\nhttps://${host}\n"
        "HTTPS://B.example.com/\nhttps：//c.example.com\nhttps://域名.example.com\n[::1] https://[::1]:80\n",
        TEXT,
        {
            "request": [
                "http://a.example.com",
                "https://*.example.com",
                "*.example.com",
                "https://1.2.3.4:80",
                "localhost:3000",
                "https://<bucket>-<appid>.cos.ap-guangzhou.myqcloud.com",
                "https://${host}",
                "HTTPS://B.example.com/",
                "https：//c.example.com",
                "https://域名.example.com",
                "https://[::1]:80",
            ]
        },
    ),
    "table with the lists as columns": Sample(
        "| request合法域名 | uploadFile合法域名 | downloadFile合法域名 |\n|---|---|---|\n"
        "| https://a.example.com | https://u.example.com | |\n"
        "| https://b.example.com | | https://d.example.com |\nhttps://x.example.com\n",
        TEXT,
        {
            "request": ["https://a.example.com", "https://b.example.com"],
            "uploadFile": ["https://u.example.com"],
            "downloadFile": ["https://d.example.com"],
        },
        unlabelled=["https://x.example.com"],
    ),
    "Markdown": Sample(
        "## request合法域名\n```\nhttps://a.example.com\n```\n// uploadFile合法域名\nhttps://u.example.com（存储）\n"
        "| 服务器域名 → downloadFile合法域名 | `https://d.example.com` |\n# https://old.example.com\n",
        TEXT,
        {
            "request": ["https://a.example.com"],
            "uploadFile": ["https://u.example.com"],
            "downloadFile": ["https://d.example.com"],
        },
        unread=["存储", "https://old.example.com"],
    ),
    "a sentence is no heading": Sample(
        "请把 https://a.example.com 加入 request合法域名，谢谢",
        "list without headings",
        {},
        unlabelled=["https://a.example.com"],
        unread=["请把", "加入", "request合法域名", "谢谢"],
    ),
    "names that we do not know": Sample(
        "request合法域名\nhttps://a.example.com\n回调地址：https://b.example.com/cb\n主站 https://c.example.com\n"
        "uplodFile:\nhttps://d.example.com\n",
        TEXT,
        {"request": ["https://a.example.com", "https://b.example.com/cb", "https://c.example.com"]},
        unlabelled=["https://d.example.com"],
        unread=["回调地址", "主站", "uplodFile"],
    ),
    "modify_domain": Sample(
        '{"action":"add","requestdomain":["https:\\/\\/a.example.com","https://b.example.com"],'
        '"wsrequestdomain":["wss://w.example.com"],"uploaddomain":["https://u.example.com"],"downloaddomain":[]}',
        NAMED,
        {
            "request": ["https://a.example.com", "https://b.example.com"],
            "uploadFile": ["https://u.example.com"],
            "downloadFile": [],
        },
        other={"socket": ["wss://w.example.com"]},
    ),
    "modify_domain, refused": Sample(
        '{"errcode":85017,"errmsg":"no domain to add","invalid_requestdomain":["https://bad.example.com"],'
        '"requestdomain":["https://a.example.com"]}',
        NAMED,
        {"request": ["https://a.example.com"]},
        other={"invalid request": ["https://bad.example.com"]},
    ),
    "get_effective_domain": Sample(
        """{
\t"errcode": 0, "errmsg": "ok",
\t"mp_domain": {"requestdomain": ["https://old.example.com"], "uploaddomain": []},
\t"third_domain": {"requestdomain": ["https://saas.example.net"]},
\t"direct_domain": {},
\t"effective_domain": {"requestdomain": ["https://saas.example.net"], "wsrequestdomain": [],
\t\t"uploaddomain": ["https://saas.example.net"], "downloaddomain": [], "udpdomain": [], "tcpdomain": []}
}""",
        "answer of get_effective_domain: effective_domain; the other objects are kept aside",
        {
            "request": ["https://saas.example.net"],
            "uploadFile": ["https://saas.example.net"],
            "downloadFile": [],
        },
        other={
            "mp_domain request": ["https://old.example.com"],
            "mp_domain uploadFile": [],
            "third_domain request": ["https://saas.example.net"],
            "socket": [],
            "udp": [],
            "tcp": [],
        },
    ),
    "get_effective_domain without the effective object": Sample(
        "mp_domain:\n  requestdomain:\n  - https://api.example.com\n"
        "third_domain:\n  requestdomain:\n  - https://saas.example.net\ndirect_domain: {}\n"
        "effective_domain: {}\n",
        "answer of get_effective_domain without effective_domain: mp_domain, third_domain taken together",
        {"request": ["https://api.example.com", "https://saas.example.net"]},
    ),
    "get_effective_domain, cut off": Sample(
        '{"errcode":0,"mp_domain":{"requestdomain":["https://mp.example.com"]},'
        '"effective_domain":{"requestdomain":["https://eff.example.com"],"uploaddomain":["https://u.exa',
        f"broken JSON or YAML, read as {TEXT}",
        {"request": ["https://eff.example.com"], "uploadFile": ["https://u.exa"]},
        other={"mp_domain request": ["https://mp.example.com"]},
    ),
    "get_effective_domain on a terminal": Sample(
        "$ curl -d '{}' 'https://api.weixin.qq.com/wxa/get_effective_domain?access_token=x'\n"
        '{"effective_domain":{"requestdomain":["https://a.example.com"]}}\n',
        "answer of get_effective_domain: effective_domain",
        {"request": ["https://a.example.com"]},
        unread=["curl -d", "https://api.weixin.qq.com/wxa/get_effective_domain?access_token=x"],
    ),
    "authorizer_info": Sample(
        '{"authorizer_info":{"nick_name":"店","qrcode_url":"https://mmbiz.example.com/q","MiniProgramInfo":{"network":'
        '{"RequestDomain":["https://a.example.com"],"WsRequestDomain":[],"UploadDomain":["https://u.example.com"],'
        '"DownloadDomain":[],"BizDomain":["h5.example.com"],"UDPDomain":[]}}}}',
        NAMED,
        {"request": ["https://a.example.com"], "uploadFile": ["https://u.example.com"], "downloadFile": []},
        other={"socket": [], "business": ["h5.example.com"], "udp": []},
        unread=["https://mmbiz.example.com/q"],
    ),
    "developer tools, project configuration": Sample(
        '{"projectConfig":{"network":{"request":["https://a.example.com"],"upload":["https://u.example.com"],'
        '"download":["https://d.example.com"],"socket":[]},"urlCheck":true}}',
        NAMED,
        {
            "request": ["https://a.example.com"],
            "uploadFile": ["https://u.example.com"],
            "downloadFile": ["https://d.example.com"],
        },
        other={"socket": []},
    ),
    "DNS prefetch": Sample(
        '{"prefetch_dns_domain":[{"url":"a.example.com","status":1}],"size_limit":5}',
        NAMED,
        {},
        other={"prefetch_dns_domain": ["a.example.com"]},
    ),
    "form of a service provider": Sample(
        '{"request_domain":"https://a.example.com;https://b.example.com","upload_file_domain":"https://u.example.com",'
        '"download_file_domain":"","socket_domain":"wss://w.example.com"}',
        NAMED,
        {
            "request": ["https://a.example.com", "https://b.example.com"],
            "uploadFile": ["https://u.example.com"],
            "downloadFile": [],
        },
        other={"socket": ["wss://w.example.com"]},
    ),
    "YAML": Sample(
        "request:\n  - https://a.example.com  # the key service\n  # - https://old.example.com\n"
        "uploadFile: [https://u.example.com, 'https://v.example.com']\ndownloadFile: []\nuplodFile: [https://x.example.com]\n",
        NAMED,
        {
            "request": ["https://a.example.com"],
            "uploadFile": ["https://u.example.com", "https://v.example.com"],
            "downloadFile": [],
        },
        unread=["https://old.example.com", "uplodFile", "https://x.example.com"],
    ),
    "YAML, a list as one text": Sample(
        "allowlist:\n  request: |\n    https://a.example.com\n    https://b.example.com\n",
        NAMED,
        {"request": ["https://a.example.com", "https://b.example.com"]},
    ),
    "YAML, two lists of one name": Sample(
        "request: [https://a.example.com]\nrequest: [https://b.example.com]\n",
        f"{NAMED}; several lists named request are taken together",
        {"request": ["https://a.example.com", "https://b.example.com"]},
    ),
    "JSON without names": Sample(
        '["https://a.example.com","https://b.example.com"]',
        "list without headings",
        {},
        unlabelled=["https://a.example.com", "https://b.example.com"],
    ),
    "app.json has no list": Sample(
        "networkTimeout:\n  request: 60000\n",
        "nothing that looks like a domain list",
        {},
        unread=["networkTimeout", "request: 60000"],
    ),
    "a bare word announces no empty list": Sample(
        "request\nhello\n", "text with headings, as in the WeChat console", {}, unread=["hello"]
    ),
    "nothing": Sample("", "nothing that looks like a domain list", {}),
}
PARTS = ("unlabelled", "refused", "links", "unread")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_pasted_text_is_read_as_what_it_is(name: str):
    """Each list is found under its name, and nothing else is taken for an entry."""
    sample = SAMPLES[name]
    found = read_pasted(sample.text, "clip")

    assert found.source == sample.source
    assert {label: [entry.text for entry in part] for label, part in found.lists.items()} == sample.lists
    assert {label: [entry.text for entry in part] for label, part in found.other.items()} == sample.rest.get(
        "other", {}
    )
    for part in PARTS:
        assert [item.text for item in getattr(found, part)] == sample.rest.get(part, []), part
    assert found.name == "clip"


def items(found: Pasted) -> list[tuple[int, int, str]]:
    """Everything that was found, with its place."""
    parts = [*found.lists.values(), *found.other.values(), *(getattr(found, part) for part in PARTS)]
    return [(item.line, item.column, item.text) for part in parts for item in part]


def lines_of(text: str) -> list[str]:
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text.removeprefix("\ufeff"))


@pytest.mark.parametrize("name", SAMPLES)
def test_places_count_from_1_and_point_to_the_text(name: str):
    """What is found stands at its place, unless the text there is escaped."""
    text = SAMPLES[name].text
    lines = lines_of(text)
    for line, column, piece in items(read_pasted(text, "clip")):
        written = lines[line - 1][column - 1 :].replace("\\/", "/")
        assert written.startswith(piece)


def test_lists_come_in_the_order_of_the_console():
    """request, uploadFile, downloadFile, whatever the order of the text."""
    found = read_pasted(
        "downloadFile合法域名 https://d.example.com\nrequest合法域名 https://a.example.com", "-"
    )
    assert list(found.lists) == ["request", "downloadFile"]


def test_a_list_that_is_not_named_is_not_found_empty():
    """A missing list is unknown, an announced one without entries is empty."""
    found = read_pasted("request合法域名\nhttps://a.example.com\ndownloadFile合法域名\n", "-")
    assert found.lists["downloadFile"] == ()
    assert "uploadFile" not in found.lists


def test_the_refused_url_is_never_an_entry():
    """The tools print the refused URL before the list: it is the one that is missing."""
    for name in SAMPLES:
        found = read_pasted(SAMPLES[name].text, "-")
        refused = {entry.text for entry in found.refused}
        assert not refused & {entry.text for part in found.lists.values() for entry in part}


def texts(found: Pasted) -> dict[str, list[str]]:
    return {label: [entry.text for entry in part] for label, part in found.lists.items()}


def test_a_label_before_an_entry_does_not_take_it_out_of_its_list():
    """`主接口：https://…` stands in the box above; the label is unread."""
    found = read_pasted(
        "request合法域名\n主接口：https://a.example.com\n支付回调：https://pay.example.com\nhttps://b.example.com\n"
        "pay: https://c.example.com\npay:https://d.example.com\n线上：https://e.example.com\n"
        "uploadFile合法域名\n上传: https://u.example.com",
        "-",
    )

    hosts = [f"https://{name}.example.com" for name in ("a", "pay", "b", "c", "d", "e")]
    assert texts(found) == {"request": hosts, "uploadFile": ["https://u.example.com"]}
    assert found.unlabelled == ()
    assert [piece.text for piece in found.unread] == ["主接口", "支付回调", "pay", "pay", "线上", "上传"]


@pytest.mark.parametrize(
    "key",
    ["uplodFile:\n", "uplodFile: ", '"uplodFile": ["', "uplodFile: ['https://y.example.com',\n  '", "reqest: "],
)
def test_a_misspelled_key_takes_its_entries_out_of_the_list_above(key: str):
    """What stands under a name that is nearly a list's is in no list: it may be another box."""
    found = read_pasted(f"downloadFile合法域名\nhttps://a.example.com\n{key}https://x.example.com", "-")

    assert texts(found) == {"downloadFile": ["https://a.example.com"]}
    assert "https://x.example.com" in [entry.text for entry in found.unlabelled]


@pytest.mark.parametrize("heading", ["未知合法域名", "xyz合法域名", "未知合法網域", "my-未知 合法域名列表"])
@pytest.mark.parametrize("glue", ["\n", "：", "\t", ""])
def test_a_heading_that_we_do_not_know_ends_the_list_above(heading: str, glue: str):
    """Its entries are in no list, and it is shown whole."""
    text = f"request合法域名\nhttps://a.example.com\n{heading}{glue}https://x.example.com\nhttps://y.example.com"
    found = read_pasted(text, "-")

    assert texts(found) == {"request": ["https://a.example.com"]}
    assert [entry.text for entry in found.unlabelled] == ["https://x.example.com", "https://y.example.com"]
    assert [tuple(piece) for piece in found.unread] == [(3, 1, heading)]


MARKED = {
    "<li>https://a.example.com</li><li>https://b.example.com</li>": [(1, 5), (1, 35)],
    "https://a.example.com&nbsp;https://b.example.com&nbsp;": [(1, 1), (1, 28)],
    "<p>\n<span class='x'>https://a.example.com</span><br/>https://b.example.com</p>": [(2, 17), (2, 50)],
    "\x1b[33mhttps://a.example.com\x1b[0m\n\x1b[1;31mhttps://b.example.com\x1b[m": [(1, 6), (2, 8)],
    "https://a.exam\x1b[4mple\x1b[0m.com\nhttps://b.example.com": [(1, 1), (2, 1)],
    '<input type="text" value="https://a.example.com;https://b.example.com">': [(1, 27), (1, 49)],
}


@pytest.mark.parametrize("text", MARKED)
def test_markup_is_no_part_of_an_entry(text: str):
    """Tags, entities and colours are taken out, and places are those of the text as it was pasted."""
    found = read_pasted(text, "-")

    assert [entry.text for entry in found.unlabelled] == ["https://a.example.com", "https://b.example.com"]
    assert [(entry.line, entry.column) for entry in found.unlabelled] == MARKED[text]
    assert found.unread == ()


def test_a_page_of_html_keeps_its_lists_apart():
    """Rows of a table are lines, cells are cells; what only an attribute holds is unread."""
    found = read_pasted(
        "<h2>我的店</h2><table><tr>\n<th>request合法域名</th>\n<th>uploadFile合法域名</th>\n</tr>\n<tr>\n"
        '<td>https://a.example.com/?x=1&amp;y=2</td>\n<td><a href="https://h.example.com/q">https://u.example.com</a></td>'
        "</tr></table><p>downloadFile合法域名</p><div>https://d.example.com</div>",
        "-",
    )

    assert texts(found) == {
        "request": ["https://a.example.com/?x=1&y=2"],
        "uploadFile": ["https://u.example.com"],
        "downloadFile": ["https://d.example.com"],
    }
    assert [(piece.line, piece.text) for piece in found.unread] == [(1, "我的店"), (7, "https://h.example.com/q")]


@pytest.mark.parametrize("host", ["https://<bucket>.example.com", "https://<a>.example.com", "https://x-<b>.example.com"])
def test_a_placeholder_is_no_tag(host: str):
    """A host to be filled in is kept as it is, so that it is told."""
    assert [entry.text for entry in read_pasted(f"{host}\n", "-").unlabelled] == [host]


def test_headings_glued_to_entries_are_headings():
    """Line breaks get lost in copying."""
    found = read_pasted(
        "request合法域名https://api.example.com;https://b.example.comuploadFile合法域名https://up.example.com"
        "downloadFile（下载）合法域名d.example.comsocket 合法域名wss://w.example.com业务域名https://h5.example.com",
        "-",
    )

    assert texts(found) == {
        "request": ["https://api.example.com", "https://b.example.com"],
        "uploadFile": ["https://up.example.com"],
        "downloadFile": ["d.example.com"],
    }
    assert {label: [entry.text for entry in part] for label, part in found.other.items()} == {
        "socket": ["wss://w.example.com"],
        "business": ["https://h5.example.com"],
    }
    assert found.unread == ()


BROKEN = {
    '{"requestdomain":["https://a.example.com","https://b.exa': "line 1, column 43",
    '{"requestdomain":["https://a.example.com"]': "line 1",
    '{\n "requestdomain": [': "line 2",
    '{"requestdomain":["https://a.example.com" "https://b.example.com"]}': "line 1",
    '["https://a.example.com","https://b.exa': "line 1",
    '{"requestdomain":["https://a.example.com"]}\n{"uploaddomain":["https://u.exa': "line 2",
    "{ request: ['https://a.example.com', 'https://b.exa": "line 1",
    '$ curl x\n{"uploaddomain":["https://a.example.com"],"down': "line 2",
    "request: [https://a.example.com,\n": "line 1",
    "request: [https://a.example.com]\nuploadFile: [https://u.example.com,\n": "line 2",
    'requestdomain:\n  - https://a.example.com\n  - "https://b.exa': "line 3, column 5",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_document_that_breaks_off_is_said_to_be_broken(text: str):
    """Half a list is no list: whoever pastes it over a box loses entries."""
    found = read_pasted(text, "-")

    assert BROKEN[text] in found.broken
    assert "\n" not in found.broken
    assert found.source.startswith("broken JSON or YAML, read as ")


WHOLE = [
    *(sample.text for name, sample in SAMPLES.items() if name != "get_effective_domain, cut off"),
    "[request合法域名]\nhttps://a.example.com\n[uploadFile合法域名]\nhttps://u.example.com",
    "[INFO] request合法域名\nhttps://a.example.com",
    "request:\nhttps://a.example.com\nuploadFile:\nhttps://u.example.com",
    "request: https://a.example.com [old\n",
    "说明: it's here\nrequest合法域名: https://a.example.com",
    '{"requestdomain":["https://a.example.com"]}\n$ ls [x',
    '{"requestdomain":["https://a.example.com"]}\n{"uploaddomain":["https://u.example.com"]}',
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_text_is_not_called_broken(text: str):
    """Neither a console's text nor anything else that merely has colons and brackets."""
    assert read_pasted(text, "-").broken == ""


@pytest.mark.parametrize(
    "text",
    [
        "wx.request\nhttps://a.example.com\nwx.uploadFile:\nhttps://u.example.com\nwx.downloadFile\nhttps://d.example.com",
        "wx.request：https://a.example.com\nwx.uploadFile: https://u.example.com\nwx.downloadFile=https://d.example.com",
        "{ request: ['https://a.example.com'], uploadFile: [\"https://u.example.com\",],"
        " downloadFile: ['https://d.example.com'], }",
        "{\n  request: [\n    'https://a.example.com', // main\n  ], // https only\n"
        "  /* store */ uploadFile: ['https://u.example.com'],\n  downloadFile: ['https://d.example.com'],\n}",
        "module.exports = { request: ['https://a.example.com'], uploadFile: ['https://u.example.com'],"
        " downloadFile: ['https://d.example.com'] }",
        "request合法網域\nhttps://a.example.com\nuploadFile合法網域名稱\nhttps://u.example.com\n"
        "downloadFile 合法網域名稱：https://d.example.com",
    ],
)
def test_other_ways_to_write_the_headings_are_understood(text: str):
    """The APIs' names, an object of JavaScript, traditional characters."""
    found = read_pasted(text, "-")

    assert texts(found) == {
        "request": ["https://a.example.com"],
        "uploadFile": ["https://u.example.com"],
        "downloadFile": ["https://d.example.com"],
    }
    assert found.unlabelled == ()


def test_a_comment_of_javascript_is_in_no_list():
    """An entry that is commented out is unread, at its place."""
    found = read_pasted("{ request: ['https://a.example.com', // https://old.example.com\n] }", "-")

    assert texts(found) == {"request": ["https://a.example.com"]}
    assert [tuple(piece) for piece in found.unread] == [(1, 41, "https://old.example.com")]


@pytest.mark.parametrize(
    ("text", "entry", "problem"),
    [
        ("https://c.\u202eexample.com", "https://c.\u202eexample.com", "invisible"),
        ("https://c.\u2067example.com", "https://c.\u2067example.com", "invisible"),
        ("c.\u202eexample.com", "c.\u202eexample.com", "invisible"),
        ("https：//x.example.com", "https：//x.example.com", "full-width"),
        ("https://api.example。com", "https://api.example。com", "full-width"),
        ("https:/typo.example.com", "https:/typo.example.com", "slashes"),
        ("https:typo.example.com", "https:typo.example.com", "slashes"),
        ("https:\\\\typo.example.com", "https:\\\\typo.example.com", "slashes"),
        ("//noscheme.example.com", "//noscheme.example.com", "slashes"),
        ("https://x.example.com: 支付", "https://x.example.com", None),
        ("https://x.example.com：支付", "https://x.example.com", None),
        ("https://x.example.com:", "https://x.example.com", None),
        ("https://x.example.com:port", "https://x.example.com:port", "bad-port"),
    ],
)
def test_an_odd_spelling_is_kept_with_its_problem_or_read_as_what_was_meant(text: str, entry: str, problem: str | None):
    """Nothing odd becomes a line to paste without a word, and nothing is lost."""
    found = read_pasted(f"request合法域名\n{text}\n", "-")

    assert texts(found) == {"request": [entry]}
    assert parse_entry(entry).problem == problem
    assert [piece.text for piece in found.unread] == (["支付"] if "支付" in text else [])


HOSTS = st.integers(0, 10**9).map(lambda number: f"https://h{number}.example.com")
HEADINGS = st.sampled_from(
    [
        "request合法域名",
        "uploadFile 合法域名：",
        "downloadFile合法域名\t",
        "socket合法域名",
        "业务域名",
        "request:",
        "域名",
    ]
)
GLUE = st.sampled_from(
    ["\n", ";", "；", " ", ", ", "\t", "\r\n", "、", " | ", '"', "\n- ", "\n# ", "主站 ", "  \n"]
)
WORDS = st.sampled_from(
    ["修改", "本月还可修改50次", "200", "谢谢", "foo bar", "请参考文档：", "不在以下 request 合法域名列表中"]
)


@given(st.lists(st.one_of(HOSTS, HOSTS, HEADINGS, GLUE, GLUE, WORDS), max_size=25))
def test_no_url_is_lost_and_none_is_found_twice(parts: list[str]):
    """Each URL of a text lands in exactly one part of the answer."""
    text = "".join(parts)
    expected = sorted(re.findall(r"https://h\d+\.example\.com", text))

    found = [
        url
        for _, _, piece in items(read_pasted(text, "-"))
        for url in re.findall(r"https://h\d+\.example\.com", piece)
    ]

    assert sorted(found) == expected


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "requestdomain",
                "UploadDomain",
                "downloadFile",
                "wsrequestdomain",
                "other",
                "errmsg",
                "mp_domain",
            ]
        ),
        st.one_of(
            st.lists(HOSTS, max_size=3),
            HOSTS,
            st.dictionaries(
                st.sampled_from(["requestdomain", "url", "x"]), st.lists(HOSTS, max_size=2), max_size=2
            ),
        ),
        max_size=5,
    )
)
def test_no_url_of_a_document_is_lost(document: dict[str, Any]):
    """In JSON too, each URL lands in exactly one part of the answer, at its place."""
    import json

    text = json.dumps(document, indent=1)
    found = items(read_pasted(text, "-"))
    urls = re.findall(r"https://h\d+\.example\.com", text)

    assert sorted(
        re.findall(r"https://h\d+\.example\.com", " ".join(piece for _, _, piece in found))
    ) == sorted(urls)
    lines = lines_of(text)
    assert all(lines[line - 1][column - 1 :].startswith(piece) for line, column, piece in found)


REAL = "".join(sample.text for sample in SAMPLES.values())


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A real-looking text with some characters changed, dropped or added."""
    text = list(draw(st.sampled_from([sample.text for sample in SAMPLES.values()])))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text[at : at + draw(st.integers(0, 10))] = []
        else:
            text.insert(at, draw(st.one_of(st.sampled_from(REAL), st.characters())))
    return "".join(text)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), damaged()))
def test_nothing_is_raised_and_every_place_exists(text: str):
    """Pasted text is untrusted: anything goes."""
    lines = lines_of(text)
    for line, column, piece in items(read_pasted(text, "-")):
        assert piece
        assert 1 <= line <= len(lines)
        assert column >= 1


@pytest.mark.parametrize(
    "unit",
    [
        "https://a.example.com;",
        "https://a.example.com\n",
        "主站 https://a.example.com ",
        "request合法域名 ",
        "https://a不在以下 request 合法域名列表中",
        "本月还可",
        "a.",
        "a-",
        "https://",
        "(env:",
        " ",
        "{",
        '"\\/',
        "**",
        "<li>https://a.example.com</li>",
        "<tr>",
        "<!--",
        "\x1b[",
        "{a: /* ",
        '{"a": ["https://',
        "a.example.comuploadFile合法域名",
        "合法",
        "a.\u202e",
    ],
)
def test_reading_a_long_text_ends(unit: str):
    """A text that is repeated is read whole: what cost the square of its length would not end here."""
    text = unit * (100_000 // len(unit))
    pieces = sum(1 for _ in items(read_pasted(text, "-")))
    assert pieces <= len(text)


def test_the_example_in_the_module_runs_as_shown():
    """The docstring's example gives what it says."""
    assert doctest.testmod(pasted).attempted >= 1
    assert doctest.testmod(pasted).failed == 0
