"""Domain lists as people have them at hand: copied from the console, an error, an API's answer, a chat.

Nothing of what looks like a domain is lost: it lands in exactly one part of the answer. Only the words of a
closed list (what the console and the tools print around the lists), numbers and punctuation are passed over.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from cosaudit import yamltree
from cosaudit.data import load
from cosaudit.model import CATEGORIES
from cosaudit.wechat.entries import INVISIBLE, spread_entries

# The console writes Chinese, with full-width punctuation.


class PastedEntry(NamedTuple):
    """An entry, or a URL, as it was pasted; line and column count from 1."""

    text: str
    line: int
    column: int


class Unread(NamedTuple):
    """A piece of text that could not be read, and where it stands."""

    line: int
    column: int
    text: str


class Pasted(NamedTuple):
    """What was found in a pasted text."""

    #: The lists of the three categories that were found; an empty one was found empty.
    lists: dict[str, tuple[PastedEntry, ...]]
    #: Entries that stand under no heading.
    unlabelled: tuple[PastedEntry, ...]
    #: Other lists by name, such as `socket`, `business`, or `mp_domain request` beside an effective list.
    other: dict[str, tuple[PastedEntry, ...]]
    #: URLs and hosts that an error says were refused: they are in no list.
    refused: tuple[PastedEntry, ...]
    #: Links to WeChat's documentation and console.
    links: tuple[PastedEntry, ...]
    #: All else, in the order of the text.
    unread: tuple[Unread, ...]
    #: Which shape was recognised, in words.
    source: str
    name: str
    #: That the JSON or YAML breaks off, and where, in one line; empty otherwise. Its lists are not whole.
    broken: str = ""


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Line breaks as YAML counts them.
_LINE = re.compile("\r\n|[\r\n\x85\u2028\u2029]")

# --- words

_KIND = (
    r"invalid[ _-]?(?:ws)?(?:request|upload|download|udp|tcp)|ws[ _-]?request"
    r"|request|upload[ _-]?file|upload|download[ _-]?file|download|web[ _-]?socket|socket|udp|tcp"
    r"|dns[ _-]?预解析|dns[ _-]?pre[ _-]?(?:fetch|resolution|resolve)|pre[ _-]?fetch[ _-]?dns|预解析"
    r"|预连接|pre[ _-]?connect|合法业务|业务|business|biz|web[ _-]?view"
)
_ADJECTIVE = r"(?:合法|服务器|伺服器|server|valid|legal|legitimate|allowed|authorized)"
#: "domain name", in simplified and in traditional characters
_NAMED = r"(?:域名|[網网]域)(?:名[稱称])?"
#: `request合法域名`, `uploadFile（上传） 合法域名`, `"requestdomain"`, `request valid domain names`
_TITLE = (
    rf"(?P<kind>{_KIND})(?:\s?\([^()]{{0,12}}\))?[\s_\"'(\[:-]{{0,6}}{_ADJECTIVE}?\s{{0,3}}"
    rf"(?:{_NAMED}|domains?(?:[\s_-]?names?)?(?![A-Za-z]))(?:[\s_-]?list(?![A-Za-z])|列表|信息)?"
)
#: `Valid domain name of request`
_TITLE_OF = (
    rf"{_ADJECTIVE}?\s?domain(?:s|\snames?)?\s(?:of|for)\s(?:wx\.)?"
    r"(?P<kind_of>request|upload[ _-]?file|download[ _-]?file|web[ _-]?socket|socket|udp|tcp)(?![A-Za-z])"
)
#: `request:` or `request` at the end of a line; not `request:fail`, not `request: 60000`
_TITLE_BARE = (
    r"(?P<kind_bare>request|upload[ _-]?file|upload|download[ _-]?file|download|web[ _-]?socket|socket"
    r"|udp|tcp)"
    r"(?![A-Za-z])(?=[\s\"'*`)]{0,8}(?:[:=\[{|\]\t]|\Z))(?!\s?:\s?fail)"
    r"(?![\"']?\s?[:=]\s{0,4}\d{1,12}\s{0,4}(?:[,}]|\Z))"
)
#: a list of a kind that we do not know; no sentence
_TITLE_UNKNOWN = (
    rf"(?P<unknown>(?:(?!域名|[網网]域|校验|合法|request|upload|download|socket)[A-Za-z0-9_\u4e00-\u9fff-]){{1,24}}"
    rf"\s{{0,4}}合法{_NAMED}(?:列表)?)(?=[\s\"'*`)\]]{{0,8}}(?:[:=|\t(\[\d]|\Z))"
)
#: A heading that follows an entry without a blank, as when line breaks were lost.
_GLUED_TITLE = (
    r"(?:wx\.)?(?:(?:request|upload(?:[ _-]?file)?|download(?:[ _-]?file)?|(?:web)?socket|udp|tcp)"
    rf"\s?(?:[(（][^()（）]{{0,12}}[)）]\s?)?(?:合法)?{_NAMED}|[\u4e00-\u9fff]{{0,6}}合法{_NAMED}|(?:业务|DNS\s?预解析|预解析|预连接)域名(?!\.))"
)
#: other parts of the same console page: what stands below them is in no domain list
_SECTION = (
    r"(?P<section>消息推送(?:配置)?|扫普通链接二维码打开小程序|普通链接二维码规则|接口设置|接口权限|IP白名单|小程序代码上传"
    r"|服务器配置|云开发|数据预拉取|数据周期性更新|周期性更新|订阅消息|第三方平台|校验文件|Message\sPush)"
)
#: the objects in an answer of get_effective_domain
_SET = r"(?P<set>(?:mp|third|direct|effective)_domain)(?![A-Za-z])"
_PHONE = (
    r"(?P<phone>(?:[A-Za-z]{1,20}\s?:\s?)?fail\s(?:[A-Za-z]{1,20}:fail\s)?url\snot\sin\sdomain\slist)"
    r"(?:\s?:\s?)?"
)
_TOOLS = (
    r"(?P<tools>不在以下\s{0,4}(?P<tools_kind>[A-Za-z]{0,20})\s{0,4}合法域名列表中?"
    r"|(?:is\s)?not\sin\s(?:the\s)?(?:following\s)?(?:list\sof\s)?(?P<tools_kind_en>request|uploadFile|downloadFile|socket)"
    r"\s(?:valid|legal)\sdomain(?:s|\snames?)?(?:\slist)?)"
)
_PLUGIN = r"(?P<plugin>not\sin\splugin['’]s\sdomain\slist\.?)"
_LINK = (
    r"(?P<link>请参考(?:官方)?文档|参考文档|(?:please\s)?(?:refer\sto|see)\s(?:the\s)?doc(?:umentation|ument|s)?(?![A-Za-z]))"
    r"[\s:]{0,3}"
)

#: Words that the console, the tools and the phone print around the lists. A closed list.
_CHROME = (
    r"\(env:[^()]{0,200}\)",
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s[A-Z][a-z]{2}\s\d{1,2}\s\d{4}\s[\d:]{8}\sGMT[+-]\d{4}(?:\s\([^()]{0,40}\))?",
    r"(?:[A-Za-z]{1,20}\s)?合法域名校验出错",
    r"如若已在管理后台更新域名配置，请刷新项目配置后重新编译项目，操作路径：“(?:详情|项目)-域名信息”",
    r"如若已在管理后台更新域名配置,请刷新项目配置后重新编译项目,操作路径:“(?:详情|项目)-域名信息”",
    r"不校验合法域名、web-view\(业务域名\)、TLS\s?版本以及\s?HTTPS\s?证书",
    r"This network request will be blocked in release version\.?",
    r"(?:(?:一个月内|每月|每个月|本月)(?:仅?可|还可|剩余可|剩余)?(?:申请|以)?)?(?:还可|可以|可|剩余)?修改(?:次数)?[\s:]{0,3}\d{1,4}\s?次(?:修改)?",
    r"(?:一个月内|每月|本月)可?申请\s?\d{1,4}\s?次修改",
    r"(?:本月|一个月内|每月)?(?:剩余|已用)?(?:修改)?次数",
    r"以\s?(?:https|wss|udp|tcp)(?:://)?\s?开头[。,、]?(?:可填写\s?\d{0,4}个?(?:多个)?域名[,，]?)?(?:域名间请?用\s?[;；]?\s?(?:分割|分隔|隔开)[。.]?)?",
    r"可填写\s?(?:\d{1,4}|多)?个?(?:多个)?域名[,，]?(?:域名间请?用\s?[;；]?\s?(?:分割|分隔|隔开)[。.]?)?",
    r"(?:域名间)?请?用\s?[;；]\s?(?:分割|分隔|隔开)[。.]?",
    r"(?:可配置|已配置|剩余)?(?:域名)?(?:数量|个数)",
    r"已配置\s?\d{1,4}\s?个",
    r"尚未配置|暂未配置|未配置|暂未设置|未设置|已配置|暂无数据|暂无|没有配置",
    r"服务器域名配置|服务器域名|伺服器域名|伺服器[網网]域(?:名[稱称])?|域名信息|域名配置|域名设置|域名列表|域名",
    r"微信公众平台|小程序后台|管理后台|开发与服务|开发管理|开发设置|开发者工具|开发|项目配置|项目设置|本地设置|基本信息|性能分析|详情|设置|首页|管理",
    r"保存并提交|保存|提交|取消|修改|添加|新增|删除|编辑|复制|查看|刷新|更新|开始配置|配置|下载|确定|展开|收起|操作|说明|类型|名称|序号|备注",
    r"小程序ID|AppID\(小程序ID\)|索引|值|个|共|条|无",
    r"(?<![A-Za-z])(?:server\sdomain(?:\sname)?s?|domain\s(?:info(?:rmation)?|names?|list)|domains?"
    r"|configurable(?:\s(?:quantity|number))?|(?:number\sof\s)?(?:changes|modifications)\s(?:left|remaining)(?:\sthis\smonth)?"
    r"|(?:left|remaining|times)(?:\sthis\smonth)?|modify|edit|save|cancel|copy|delete|add|refresh"
    r"|development(?:\s(?:management|settings))?|details|settings|not\s(?:set|configured)|none"
    r"|index|values?|array|errmsg|errno|errcode|error|warning|url|env|lib|null|ok)(?![A-Za-z])",
)  # fmt: skip

_MARK = re.compile(
    "|".join(
        (
            _PHONE,
            _TOOLS,
            _PLUGIN,
            _LINK,
            *_CHROME[:7],
            _SET,
            rf"(?<![A-Za-z0-9.])(?:wx\.)?{_TITLE}",
            rf"(?<![A-Za-z0-9.]){_TITLE_OF}",
            rf"(?<![A-Za-z0-9._-])(?:wx\.)?{_TITLE_BARE}",
            rf"(?<![A-Za-z0-9.]){_TITLE_UNKNOWN}",
            _SECTION,
            *_CHROME[7:],
        )
    ),
    re.IGNORECASE,
)

# --- tokens: what looks like a domain or a URL

#: Shapeless characters in the middle of a host belong to it: without them it would read as another.
_UNSEEN = re.escape(INVISIBLE)
#: A Chinese full stop is a dot of a host only where a well-known ending follows; elsewhere a sentence ends.
_FULL_STOP = (
    r"[。](?=(?:[A-Za-z0-9-]{1,63}[。.]){0,5}(?:com|cn|net|org|top|xyz|io|app|dev|tech|cloud|vip|shop)(?![A-Za-z0-9.]))"
)
#: A host or path goes on to a blank, a quote, a bracket, a separator, a heading; `\\/` is a slash in JSON made by PHP.
_BODY = (
    rf"(?:\\/|{_FULL_STOP}|(?!不在以下|{_GLUED_TITLE})"
    r"""[^\s;,"'|`()\[\]\\、。「」【】《》“”‘’│┃\x1e])*"""
)
_LABEL_MORE = rf"[A-Za-z0-9_{_UNSEEN}-]{{0,62}}"
_LABEL = rf"[A-Za-z0-9_{_UNSEEN}-]{{1,63}}"
#: What comes after the slashes where these are not `://`: a name with a dot, else it is prose.
_NAME_AHEAD = rf"(?=(?:{_LABEL}\.){{1,20}}[A-Za-z]{{2}})"
_TOKEN = re.compile(
    rf"(?:https?|wss?|tcp|udp):(?:\\?/){{2}}(?:\[[0-9A-Fa-f:.]{{2,60}}\])?{_BODY}"
    rf"|(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{{0,15}}(?<!http)(?<!https)(?<!ws)(?<!wss):(?:\\?/){{2}}(?!\s|\Z){_BODY}"
    rf"|(?<![A-Za-z0-9+.-])(?:https?|wss?):(?:\\?/|\\{{1,2}})?{_NAME_AHEAD}{_BODY}"
    rf"|(?<![A-Za-z0-9:/\\.])//(?P<relative>(?:{_LABEL}\.){{1,20}}(?P<relative_tld>[A-Za-z]{{2,24}})(?![A-Za-z0-9.])){_BODY}"
    rf"|(?<![A-Za-z0-9_.@/%-])(?P<bare>(?:\*\.)?[A-Za-z0-9_-](?:{_LABEL_MORE}\.)(?:{_LABEL}\.){{0,19}}"
    rf"(?P<tld>(?:(?!{_GLUED_TITLE})[A-Za-z{_UNSEEN}]){{2,24}})"
    rf"(?::[0-9]{{1,6}})?(?:/{_BODY})?)(?:(?={_GLUED_TITLE})|(?![A-Za-z0-9_@-]|\.[A-Za-z0-9]))"
    rf"|(?<![A-Za-z0-9_.@/-])(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}(?::[0-9]{{1,6}})?(?:/{_BODY})?(?![A-Za-z0-9_.-])"
    rf"|(?<![A-Za-z0-9_.@/-])localhost(?::[0-9]{{1,6}})?(?:/{_BODY})?(?![A-Za-z0-9_.-])",
    re.IGNORECASE,
)
#: The colon of a sentence behind a URL: no port follows, and no user name stands before.
_PROSE_COLON = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,15}:(?:\\?/)*)?[^\[/?#:@\\]+(?=:(?:[^\x00-\x7f@][^@]*)?\Z)")
#: A link to a page of WeChat or of a program's own code, or the bare name; `https://mp.weixin.qq.com`
#: alone may be an entry.
_ABOUT = re.compile(
    r"(?:https?://)?(?:(?:developers|mp)\.weixin\.qq\.com|servicewechat\.com)/."
    r"|(?:developers|mp)\.weixin\.qq\.com\Z",
    re.IGNORECASE,
)
#: A hint in the console's boxes; it would be taken for a URL.
_HINT = re.compile(r"以\s?(?:https|wss|udp|tcp)://\s?开头")
#: A key of JSON, YAML or a program before its list: `"uplodFile": [`, `uplodFile: [`, `"uplodFile": "`
_KEY_BEFORE = re.compile(
    r"(?:\A|[\s{,])(?:[A-Za-z_][A-Za-z0-9_-]{0,40}\s{0,4}[:=]\s{0,4}[\[{(]"
    r"|([\"'])[A-Za-z_][A-Za-z0-9_ -]{0,40}\1\s{0,4}[:=])[\s\[{(\"'`]*\Z"
)
#: A line that is a name with a colon, as the keys of YAML and JSON are.
_NAME_ALONE = re.compile(r"[\s{\"']*[A-Za-z_][A-Za-z0-9_ -]{0,40}[\"']?\s?:[\s\[{]*\Z")
_HARD_CELL = re.compile(r"[\t|│┃]")
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = (
    " \t\f\v.,;:!?/\\|<>()[]{}\"'`~@#$%^&*_+=-、。，；：！？（）《》【】「」“”‘’…·•●▪►→│┃┌┐└┘├┤┬┴┼─═✅❌\0"
    + INVISIBLE
)


_SEEN = dict.fromkeys(map(ord, INVISIBLE))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(load("wechat")["words"][name])


def _label(kind: str) -> str:
    """The name of a list after the words that announce it."""
    word = re.sub(r"[\s_-]", "", kind).lower()
    if word.startswith("invalid"):
        return f"invalid {_label(word[7:])}"
    return _LABELS.get(word, word)


_LABELS = {
    "upload": "uploadFile",
    "uploadfile": "uploadFile",
    "download": "downloadFile",
    "downloadfile": "downloadFile",
    "wsrequest": "socket",
    "websocket": "socket",
    "dns预解析": "dns-prefetch",
    "预解析": "dns-prefetch",
    "dnsprefetch": "dns-prefetch",
    "dnspreresolution": "dns-prefetch",
    "dnspreresolve": "dns-prefetch",
    "prefetchdns": "dns-prefetch",
    "预连接": "preconnect",
    "合法业务": "business",
    "业务": "business",
    "biz": "business",
    "webview": "business",
}


def _is_key(words: str) -> bool:
    """Do the words before an entry name another list: a key with a bracket or in quotes, or a misspelled name?"""
    if _KEY_BEFORE.search(words) is not None:
        return True
    name, mark, _ = words.rstrip().rpartition(":")
    name = re.sub(r"[\s_-]", "", name.strip(_EDGES)).lower()
    if not mark or not 6 <= len(name) <= 14 or not name.isascii():
        return False
    import difflib

    names = ("request", "uploadfile", "downloadfile", "upload", "download")
    return bool(difflib.get_close_matches(name, names, 1, 0.8))


class _Pile:
    """Collects what is found."""

    def __init__(self) -> None:
        self.lists: dict[str, list[PastedEntry]] = {}
        self.unlabelled: list[PastedEntry] = []
        self.other: dict[str, list[PastedEntry]] = {}
        self.refused: list[PastedEntry] = []
        self.links: list[PastedEntry] = []
        self.unread: list[Unread] = []
        self.shapes: set[str] = set()
        self.titles: dict[str, int] = {}  # how often each list was announced

    def of(self, label: str | None) -> list[PastedEntry]:
        if label is None:
            return self.unlabelled
        if label in CATEGORIES:
            return self.lists.setdefault(label, [])
        return self.other.setdefault(label, [])

    def done(self, source: str, name: str, broken: str = "") -> Pasted:
        return Pasted(
            {category: tuple(self.lists[category]) for category in CATEGORIES if category in self.lists},
            tuple(self.unlabelled),
            {label: tuple(found) for label, found in self.other.items()},
            tuple(self.refused),
            tuple(self.links),
            tuple(sorted(self.unread)),
            source,
            name,
            broken,
        )


class _Text:
    """Reads plain text line by line."""

    def __init__(self, pile: _Pile, effective: bool = False, aside: bool = False, words: bool = True) -> None:
        """Make a reader.

        Args:
            pile: takes what is found.
            effective: the text names an effective list, which makes the lists of other objects void.
            aside: no list is expected, what looks like a domain is unread.
            words: unknown words are unread.
        """
        self.pile = pile
        self.effective = effective
        self.aside = aside
        self.words = words
        self.label: str | None = None
        self.set = ""  # which object of an answer of get_effective_domain
        self.columns: list[str | None] | None = None  # the lists of a table's columns
        self.delimiter = "\t"

    def read(self, text: str, line: int = 1, column: int = 1) -> None:
        for part in _LINE.split(text):
            if part:
                self._line(part, line, column)
            line += 1
            column = 1

    def _line(self, line: str, number: int, column: int) -> None:
        narrow = line.translate(_WIDE) if not line.isascii() else line
        if "开头" in narrow:
            narrow = _HINT.sub(lambda hint: " " * len(hint[0]), narrow)
        stripped = narrow.strip(" \t\f\v*" + INVISIBLE)
        if not stripped:
            return
        self.number, self.column, self.line, self.narrow = number, column, line, narrow
        # what a comment or a line of a stack names is in no list; a heading may be written like a comment
        self.comment = stripped[0] == "#" or stripped[:3] == "at "
        if stripped[:2] == "//":
            relative = _TOKEN.match(stripped)
            self.comment = relative is None or not self._is_relative(relative)
        self.worded = self.linked = self.refusing = False
        self.keyed = False  # an unknown name with `:` stands in this line: what follows may be another list
        self.cell = self.celled = 0  # the table's cell that begins before the position `celled`
        self.titles: list[tuple[str | None, int]] = []  # headings in this line and where they stand
        self.last: list[PastedEntry] | None = None  # where the last token of this line went
        self.tokens = 0
        if self.columns is not None and self.delimiter not in line:
            self.columns = None
            self.label = None
        at = 0
        for found in _TOKEN.finditer(narrow):
            begin, end = found.span()
            if found["bare"] is not None and not self._is_domain(found, stripped):
                continue
            if found["relative"] is not None and not self._is_relative(found):
                continue
            end = begin + self._trim(found[0])
            self._gap(at, begin)
            self._token(begin, end)
            at = end
        self._gap(at, len(narrow))
        if len(self.titles) > 1 and not self.tokens:
            self._head()
        elif self.keyed and not self.tokens and _NAME_ALONE.match(narrow) is not None:
            self.label = None  # the name of a list that we do not know

    def _head(self) -> None:
        """A line of several headings and nothing else: the head of a table, or words that say nothing."""
        self.label = None
        for delimiter in ("\t", "|"):
            if delimiter in self.line:
                self.delimiter = delimiter
                self.columns = [None] * (self.line.count(delimiter) + 1)
                for label, position in self.titles:
                    self.columns[self.line.count(delimiter, 0, position)] = label
                return

    @staticmethod
    def _is_relative(found: re.Match[str]) -> bool:
        """Is `//name.ending` a URL without its scheme, and no comment?"""
        ending = (found["relative_tld"] or "").lower()
        return ending in _words("endings") or (len(ending) == 2 and ending not in _words("no-country"))

    @staticmethod
    def _is_domain(found: re.Match[str], stripped: str) -> bool:
        """Is a token without a scheme a domain, and no `wx.request` or `WAService.js`?"""
        ending = found["tld"].translate(_SEEN).lower()
        if ending in _words("endings") or (len(ending) == 2 and ending not in _words("no-country")):
            return found["bare"][:3].lower() != "wx." or found["bare"].count(".") > 1
        alone = stripped.strip(_EDGES) == found["bare"].strip(_EDGES)
        return alone and ending not in _words("file-endings") and found["bare"][:3].lower() != "wx."

    @staticmethod
    def _trim(text: str) -> int:
        """How long a token is without what belongs to the text around it: closing brackets that it does not
        open, marks of bold type, invisible characters."""
        bare = text.rstrip(INVISIBLE)
        if "<" not in bare:
            bare = bare.rstrip(">" + INVISIBLE)
        if "{" not in bare:
            bare = bare.rstrip("}" + INVISIBLE)
        plain = bare.rstrip("*_~")
        if plain[-1:].isalnum():
            bare = plain
        colon = _PROSE_COLON.match(bare)
        return len(bare) if colon is None else colon.end()

    def _token(self, begin: int, end: int) -> None:
        text = self.line[begin:end]
        clean = text.replace("\\/", "/")
        self.tokens += 1
        refused, linked = self.refusing, self.linked
        self.refusing = self.linked = False
        if refused:
            self._put(self.pile.refused, clean, begin)
        elif linked or _ABOUT.match(clean.translate(_WIDE)):
            self._put(self.pile.links, clean, begin)
        else:
            for piece in spread_entries(clean) if clean == text else (clean,):
                if self.comment or self.aside:
                    self.pile.unread.append(Unread(self.number, self.column + begin, piece))
                    self.last = None
                else:
                    self._put(self.pile.of(self._list_at(begin)), piece, begin)
                begin += len(piece)

    def _put(self, where: list[PastedEntry], text: str, begin: int) -> None:
        where.append(PastedEntry(text, self.number, self.column + begin))
        self.last = where

    def _list_at(self, position: int) -> str | None:
        if self.keyed:
            return None
        label = self.label
        if self.columns is not None:
            self.cell += self.line.count(self.delimiter, self.celled, position)
            self.celled = position
            label = self.columns[self.cell] if self.cell < len(self.columns) else None
        if label is not None and self.set and self.set != "effective_domain" and self.effective:
            return f"{self.set} {label}"
        return label

    def _gap(self, begin: int, end: int) -> None:
        """The text between two tokens: headings, the tools' words, and what is left."""
        at = begin
        # cut out, so that a heading may follow an entry without a blank
        for mark in _MARK.finditer(self.narrow[begin:end]):
            start = begin + mark.start()
            self._words(at, start)
            at = begin + mark.end()
            if not self._mark(mark, start, at == end):
                self._words(start, at)
        self._words(at, end)

    def _words(self, begin: int, end: int) -> None:
        if begin >= end:
            return
        text = self.narrow[begin:end]
        if not _LETTER.search(text):
            return
        for cell in _HARD_CELL.split(text):
            inner = cell.strip(_EDGES)
            if _LETTER.search(inner):
                self.worded = True
                if not self.titles and _is_key(cell):
                    self.keyed = True
                    if cell.rstrip(" \"'`")[-1:] in "[{(":
                        self.label = None  # its list may go on in the lines below
                if self.words:
                    place = begin + len(cell) - len(cell.lstrip(_EDGES))
                    original = self.line[place : place + len(inner)]
                    self.pile.unread.append(Unread(self.number, self.column + place, original))
            begin += len(cell) + 1

    def _mark(self, mark: re.Match[str], start: int, token_follows: bool) -> bool:
        """Act on a mark; False: it is a word like others here."""
        if mark.lastgroup is None:
            return True
        pile = self.pile
        if mark["tools"] is not None or mark["plugin"] is not None:
            if self.last is not None:  # the URL before it was refused
                pile.refused.append(self.last.pop())
                self.last = None
            named = mark["tools_kind"] or mark["tools_kind_en"]
            if mark["tools"] is not None:
                pile.shapes.add("tools")
                self.columns = None
                self.set = ""
                self.label = _label(named) if named else None
            return True
        if mark["phone"] is not None:
            pile.shapes.add("phone")
            self.refusing = token_follows and mark[0].rstrip()[-1:] == ":"
            return True
        if mark["link"] is not None:
            self.linked = True
            return True
        if mark["set"] is not None:
            self.set = mark["set"].lower()
            return True
        if self.aside or (self.worded and not self._new_cell(start)):
            return False  # in the middle of a sentence
        if mark["section"] is not None:
            self.label = mark["section"]
            return True
        self.keyed = False
        if mark["unknown"] is not None:
            self.label = None
            self.titles.append((None, start))
            heading = self.line[start : start + len(mark["unknown"])]
            pile.unread.append(Unread(self.number, self.column + start, heading))
            return True
        label = _label(mark["kind"] or mark["kind_of"] or mark["kind_bare"])
        self.label = label
        self.titles.append((label, start))
        pile.shapes.add("titles")
        if self.columns is None:
            label = self._list_at(start) or label
        pile.titles[label] = pile.titles.get(label, 0) + 1
        if mark["kind_bare"] is None:
            pile.of(label)
        return True

    def _new_cell(self, position: int) -> bool:
        while position and self.narrow[position - 1] in " \"'":
            position -= 1
        before = self.narrow[position - 1 : position]
        return before in ("\t", "|", "{") or (before == "," and bool(self.titles))


# --- markup: HTML and the colours of a terminal

_INLINE = (
    "a|abbr|b|big|button|center|cite|code|del|em|font|i|img|input|ins|kbd|label|link|mark|meta|nobr|option|q|s|samp"
    "|select|small|span|strike|strong|sub|sup|svg|path|g|textarea|time|tt|u|var|wbr"
)
_CELLS = "td|th"
_BLOCKS = (
    "address|article|aside|blockquote|body|br|caption|col|colgroup|dd|details|div|dl|dt|fieldset|footer|form|h[1-6]|head"
    "|header|hr|html|legend|li|main|nav|ol|p|pre|script|section|style|summary|table|tbody|template|tfoot|thead|title|tr"
    "|ul|view"
)
#: Only names that HTML has: `<bucket>` is a placeholder, `https://<a>.example.com` too.
_MARKUP = re.compile(
    rf"(?<!://)<(?P<shut>/?)(?:(?P<block>{_BLOCKS})|(?P<cell>{_CELLS})|(?P<inline>{_INLINE}))(?:\s[^<>]{{0,4000}})?/?>(?![.-][A-Za-z0-9])"
    r"|(?P<note><!--(?:[^-]|-(?!->)){0,500}-->|<!DOCTYPE[^<>]{0,400}>)"
    r"|(?P<entity>&(?:amp|nbsp|lt|gt|quot|apos|ensp|emsp|thinsp|middot|bull|hellip|ndash|mdash|lsquo|rsquo|ldquo|rdquo"
    r"|#[0-9]{1,7}|#x[0-9a-f]{1,6});)"
    r"|(?P<colour>(?:\x1b\[|\x9b)[0-?]{0,40}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b\r\n]{0,2000}(?:\x07|\x1b\\)"
    r"|\x1b[()][0-9A-Za-z]|\x1b[=>78A-Za-z])",
    re.IGNORECASE,
)
_INPUT_VALUE = re.compile(
    r"<input\s[^<>]*?\bvalue\s?=\s?(?:\"(?P<double>[^\"<>]*)\"|'(?P<single>[^'<>]*)')", re.IGNORECASE
)


class _Markup:
    """Takes the markup out of a text, and tells of what is found in the rest where it stood before."""

    def __init__(self) -> None:
        self.pieces: list[tuple[int, int]] = []  # from this place in the clean text on; its place in the given one
        self.dropped: list[tuple[int, str]] = []  # URLs in attributes and such, which are not shown

    def strip(self, text: str) -> str:
        """The text as a page or terminal shows it: blocks are lines, a row of a table is one line."""
        parts: list[str] = []
        size = at = 0
        row = False
        for found in _MARKUP.finditer(text):
            between = text[at : found.start()]
            if row:  # line breaks between the cells are those of the page's source
                between = _LINE.sub(lambda end: " " * len(end[0]), between)
            parts.append(between)
            size += len(between)
            shown, offset = self._shown(found)
            if found["block"] is not None and found["block"].lower() in ("tr", "table"):
                row = found["block"].lower() == "tr" and not found["shut"]
            self.pieces.append((size, found.start() + offset))
            parts.append(shown)
            size += len(shown)
            at = found.end()
            self.pieces.append((size, at))
        parts.append(text[at:])
        return "".join(parts)

    def _shown(self, found: re.Match[str]) -> tuple[str, int]:
        """What is shown in place of markup, and how far behind its beginning that stands."""
        if found["entity"] is not None:
            import html

            char = html.unescape(found["entity"])
            return " " if char in ("\xa0", "\0") else char, 0
        value = _INPUT_VALUE.match(found[0])
        if value is not None:
            group = "double" if value["double"] is not None else "single"
            return f" {value[group]} ", value.start(group) - 1
        self.dropped += [(found.start() + url.start(), url[0]) for url in _TOKEN.finditer(found[0]) if "://" in url[0]]
        if found["colour"] is not None or (found["inline"] or "").lower() == "wbr":
            return "", 0
        if found["cell"] is not None:
            return " " if found["shut"] else "\t", 0
        return "\n" if found["block"] is not None else " ", 0

    def back(self, read: Pasted, text: str, clean: str) -> Pasted:
        """The same findings at their places in the given text; URLs that markup alone holds are unread."""
        from bisect import bisect_right

        clean_lines = [0, *(end.end() for end in _LINE.finditer(clean))]
        lines = [0, *(end.end() for end in _LINE.finditer(text))]
        begins = [piece[0] for piece in self.pieces]

        def place(at: int) -> tuple[int, int]:
            line = bisect_right(lines, at)
            return line, at - lines[line - 1] + 1

        def given(line: int, column: int) -> tuple[int, int]:
            at = clean_lines[line - 1] + column - 1
            index = bisect_right(begins, at) - 1
            return place(at if index < 0 else self.pieces[index][1] + at - begins[index])

        def moved(entries: tuple[PastedEntry, ...]) -> tuple[PastedEntry, ...]:
            return tuple([PastedEntry(entry.text, *given(entry.line, entry.column)) for entry in entries])

        lists = {label: moved(entries) for label, entries in read.lists.items()}
        other = {label: moved(entries) for label, entries in read.other.items()}
        unlabelled, refused, links = moved(read.unlabelled), moved(read.refused), moved(read.links)
        unread = [Unread(*given(piece.line, piece.column), piece.text) for piece in read.unread]
        shown = (*lists.values(), *other.values(), unlabelled, refused, links)
        known = {entry.text.rstrip("/") for part in shown for entry in part}
        known.update(piece.text.rstrip("/") for piece in unread)
        unread += [Unread(*place(at), url) for at, url in self.dropped if url.rstrip("/") not in known]
        return read._replace(
            lists=lists,
            unlabelled=unlabelled,
            other=other,
            refused=refused,
            links=links,
            unread=tuple(sorted(unread)),
        )


# --- JSON and YAML

#: Names of a list in JSON or YAML: `requestdomain`, `RequestDomain`, `upload_file_domains`, `uploadFile`.
_KEY = re.compile(
    rf"(?P<kind>{_KIND})[\s_-]?{_ADJECTIVE}?[\s_-]?(?:域名|domains?|domain[\s_-]?names?)?[\s_-]?(?:list|列表)?",
    re.IGNORECASE,
)
#: Names that go with a list of other things: business and DNS domains, the platform's own.
_OTHER_KEY = re.compile(
    r"(?:(?:mp|third|direct|effective|published|testing|invalid)_)?"
    r"(?:wxa_(?:server|jump_h5)_domain|webviewdomain|prefetch_dns_domain)",
    re.IGNORECASE,
)
_SETS = ("mpdomain", "thirddomain", "directdomain", "effectivedomain")
#: Keys beside the lists that say nothing about them.
_ASIDE = frozenset(("errcode", "errmsg", "action", "version", "size_limit"))
_ADDRESS_KEYS = frozenset(("url", "domain", "host", "name", "value"))
_OPENING = re.compile(r"^[ \t]*[{\[]", re.MULTILINE)
_YAML_KEY = re.compile(r"(?:\s|#.*\n|---)*[\"']?[A-Za-z_][A-Za-z0-9_ -]{0,40}[\"']?[ \t]*:(?:\s|\Z)")


def _plain_key(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).lower()


def _key_label(key: str) -> str | None:
    """Which list a key names, or None."""
    if len(key) > 60:
        return None
    if _OTHER_KEY.fullmatch(key):
        return key.lower()
    found = _KEY.fullmatch(key.translate(_WIDE).strip())
    return _label(found["kind"]) if found is not None else None


class _Tree:
    """Reads a JSON or YAML document."""

    def __init__(self, pile: _Pile, lines: list[str]) -> None:
        self.pile = pile
        self.lines = lines
        self.found = False  # a list was found
        self.sets: list[str] = []  # the objects of get_effective_domain that were read
        self.aside: list[str] = []  # and those that an effective list makes void
        self.places: set[tuple[int, int]] = set()  # where what was taken stands

    def walk(self, node: yamltree.Node, aside: str = "") -> None:
        if node.kind == yamltree.SCALAR:
            self._scan(node)
        elif node.kind == yamltree.SEQUENCE:
            for item in node.value:
                self.walk(item, aside)
        else:
            self._mapping(node, aside)

    def _mapping(self, node: yamltree.Node, aside: str) -> None:
        pairs = list(node.pairs())
        sets = {_plain_key(key.value): (key, value) for key, value in pairs if _plain_key(key.value) in _SETS}
        effective = sets.get("effectivedomain")
        counts = effective is not None and _has_list(effective[1])
        listed = any(_key_label(key.value) is not None and _is_list(value) for key, value in pairs)
        for key, value in pairs:
            name = _plain_key(key.value)
            if name in sets and sets[name][0] is key:
                void = counts and name != "effectivedomain"
                if _has_list(value):
                    (self.aside if void else self.sets).append(key.value)
                self.walk(value, key.value if void else aside)
                continue
            label = _key_label(key.value)
            if label is not None and _is_list(value):
                self.found = True
                label = f"{aside} {label}" if aside else label
                self.pile.of(label)
                self.pile.titles[label] = self.pile.titles.get(label, 0) + 1
                self._take(value, label)
                continue
            if listed and key.value.lower() not in _ASIDE and not key.value.startswith("x-"):
                self._unread(key, key.value)
            self.walk(value, aside)

    def _take(self, node: yamltree.Node, label: str) -> None:
        """Everything below `node` is in the list."""
        if node.kind == yamltree.SEQUENCE:
            for item in node.value:
                self._take(item, label)
        elif node.kind == yamltree.MAPPING:
            pairs = list(node.pairs())
            addresses = [value for key, value in pairs if key.value.lower() in _ADDRESS_KEYS]
            for key, value in pairs:
                if not addresses or key.value.lower() in _ADDRESS_KEYS:
                    self._take(value, label)
                else:
                    self._scan(value) if value.kind == yamltree.SCALAR else self.walk(value)
        else:
            value = yamltree.scalar(node)
            if value is None:
                return
            if not isinstance(value, str):
                self._unread(node, node.value)
                return
            for piece, place in self._pieces(node, value):
                self.places.add(place)
                self.pile.of(label).append(PastedEntry(piece, *place))

    def _pieces(self, node: yamltree.Node, value: str) -> list[tuple[str, tuple[int, int]]]:
        """The pieces of a scalar and their places; those of a text over several lines are looked for."""
        first = self._first(node)
        found = [(piece[0], (node.line, first + piece.start())) for piece in _PIECE.finditer(value)]
        if len(found) < 2 or self.lines[node.line - 1].startswith(value, first - 1):
            return found
        line, column = node.line - 1, node.column - 1
        places = []
        lost = False  # an escape in the text: its pieces are not there as they read
        for piece, place in found:
            for number in () if lost else range(line, min(len(self.lines), line + 3)):
                at = self.lines[number].find(piece, column if number == line else 0)
                if at >= 0:
                    line, column = number, at + len(piece)
                    place = (number + 1, at + 1)
                    break
            else:
                lost = True
            places.append((piece, place))
        return places

    def _first(self, node: yamltree.Node) -> int:
        """The column of a scalar's first character, behind its quotation mark."""
        if not node.plain and self.lines[node.line - 1][node.column - 1 : node.column] in ("'", '"'):
            return node.column + 1
        return node.column

    def _unread(self, node: yamltree.Node, text: str) -> None:
        column = self._first(node) if text else node.column
        self.places.add((node.line, column))
        self.pile.unread.append(Unread(node.line, column, text or '""'))

    def _scan(self, node: yamltree.Node) -> None:
        """A scalar outside the lists: what looks like a domain in it is unread, or refused in an error."""
        column = self._first(node)
        pile = _Pile()
        _Text(pile, aside=True, words=False).read(node.value, node.line, column)
        self.places.update((unread.line, unread.column) for unread in pile.unread)
        self.places.update((url.line, url.column) for url in pile.refused + pile.links)
        self.pile.unread += pile.unread
        self.pile.refused += pile.refused
        self.pile.links += pile.links

    def comments(self) -> None:
        """What stands in comments, which are no part of the document, is unread."""
        for number, line in enumerate(self.lines, 1):
            mark = _COMMENT.search(line)
            if mark is None:
                continue
            for found in _TOKEN.finditer(line, mark.start()):
                if found["relative"] is not None:
                    continue
                if (number, found.start() + 1) not in self.places:
                    self.pile.unread.append(Unread(number, found.start() + 1, found[0]))

    @property
    def source(self) -> str:
        if self.aside:
            return "answer of get_effective_domain: effective_domain; the other objects are kept aside"
        if self.sets == ["effective_domain"]:
            return "answer of get_effective_domain: effective_domain"
        if self.sets:
            sets = ", ".join(self.sets)
            return f"answer of get_effective_domain without effective_domain: {sets} taken together"
        return "lists by name" + _repeated(self.pile)


#: A comment of YAML, or a `#` in a text.
_COMMENT = re.compile(r"(?:^|(?<=\s))#")
#: A piece of a list that is written as one text.
_PIECE = re.compile("[^;,\uff1b\uff0c\u3001\\s]+")


def _is_list(node: yamltree.Node) -> bool:
    if node.kind == yamltree.SCALAR:
        value = yamltree.scalar(node)
        return value is None or (
            isinstance(value, str) and (not value.strip() or _TOKEN.search(value) is not None)
        )
    return True


def _has_list(node: yamltree.Node) -> bool:
    return node.kind == yamltree.MAPPING and any(_key_label(key.value) is not None for key, _ in node.pairs())


def _is_ours(root: yamltree.Node) -> bool:
    """Is a document that does not begin with a bracket one of domain lists, and no text with colons?"""
    if root.kind != yamltree.MAPPING:
        return False
    pairs = list(root.pairs())
    holders = _words("holders")
    return any(_key_label(key.value) is not None and _is_list(value) for key, value in pairs) or all(
        _plain_key(key.value) in holders or _plain_key(key.value) in _SETS or key.value.lower() in _ASIDE
        for key, _ in pairs
    )


def _compose(text: str) -> yamltree.Node | None:
    try:
        return yamltree.compose(text)
    except yamltree.Unreadable:
        return None


#: Texts in quotes, and the comments of JavaScript between values; a URL without quotes is none.
_STRING_OR_COMMENT = re.compile(
    r"""(?P<string>"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')|(?<![^\s,\[\]{}])(?P<comment>//[^\r\n]*|/\*(?s:.){0,1000}?\*/)"""
)
#: How JSON, or an object of JavaScript, begins; `[INFO]` and `[request合法域名]` do not.
_JSON_BEGIN = re.compile(
    r"""[ \t]*(?:\{\s*(?:(?P<quote>["'])[^"'\r\n]{0,80}(?P=quote)?\s*:|[A-Za-z_]\w{0,40}\s*:)"""
    r"""|\[\s*(?:["']\s*(?:https?|wss?):|\{\s*["']))""",
    re.MULTILINE,
)
_JSON_START = re.compile(rf"^{_JSON_BEGIN.pattern}", re.MULTILINE)
_PARTS = re.compile(
    r"""(?<![^\s])\#[^\r\n]*|(?:(?<=[:,\[{])|(?<=[:,-][ ])|(?<=\A))"""
    r"""(?P<string>"(?:[^"\\]|\\.)*(?P<close>")?|'[^']*(?P<close_single>')?)"""
    r"""|(?P<open>[\[{])|(?P<shut>[\]}])"""
)


def _without_comments(text: str, comments: list[tuple[int, str]]) -> str:
    """The text with blanks for the comments of JavaScript, if it is an object or an array; adds these."""
    if _JSON_START.search(text) is None:
        return text

    def blank(found: re.Match[str]) -> str:
        if found["comment"] is None:
            return found[0]
        begins = found["comment"][:2] == "//"
        if begins and (relative := _TOKEN.match(found["comment"])) and _Text._is_relative(relative):
            return found[0]
        comments.append((found.start(), f"  {found[0][2:]}"))
        return re.sub(r"[^\r\n\x85\u2028\u2029]", " ", found[0])

    return _STRING_OR_COMMENT.sub(blank, text)


def _breaks_off(text: str) -> str:
    """That a text is JSON or YAML with domain lists which does not end, or is wrong elsewhere; else nothing."""
    start = _JSON_START.search(text)
    whole = text if start is None else _without_comments(text, [])
    at = 0
    if start is not None:
        while True:
            at = start.start()
            size, _ = _brackets(whole[at:])
            if not size or _compose(whole[at : at + size]) is None:
                break
            start = _JSON_START.search(whole, at + size)  # several documents, one after the other
            if start is None:
                return ""
    else:
        key = _YAML_KEY.match(text)
        if key is None:
            return ""
        name = re.sub(r"#.*", "", key[0]).strip(" \t\r\n\f-\"':")
        known = _plain_key(name) in _words("holders") or _plain_key(name) in _SETS or name.lower() in _ASIDE
        if not (known or _key_label(name) is not None) or not _brackets(text)[1]:
            return ""
    try:
        yamltree.compose(_at_its_place(whole, at, len(whole)))
    except yamltree.Unreadable as error:
        trouble = error.trouble
        # what is wrong is told where it was noticed, mostly at the end
        message = " ".join(trouble.message.split())
        return f"the JSON or YAML breaks off at line {trouble.line}, column {trouble.column}: {message}"
    return ""


def _brackets(text: str) -> tuple[int, bool]:
    """Where the first bracket is closed (0: nowhere); is one, or a quotation mark, open at the end?"""
    depth = first = 0
    for part in _PARTS.finditer(text):
        if part["open"] is not None:
            depth += 1
        elif part["shut"] is not None:
            depth -= 1
            if not depth and not first:
                first = part.end()
        elif part["string"] is not None and part["close"] is None and part["close_single"] is None:
            return first, True
    return first, depth > 0


def _end(text: str) -> int:
    return max(text.rfind("}"), text.rfind("]")) + 1


def _at_its_place(text: str, begin: int, end: int) -> str:
    """A part of a text, with blanks before it, so that lines and columns stay."""
    before = _LINE.split(text[:begin])
    return "\n" * (len(before) - 1) + " " * len(before[-1]) + text[begin:end]


def _read_document(text: str) -> tuple[_Pile, str, bool] | None:
    """Read a JSON or YAML document that holds domain lists, alone (the bool) or in the middle of other text."""
    begin, end = 0, len(text)
    root = None
    comments: list[tuple[int, str]] = []
    if "//" in text or "/*" in text:
        text = _without_comments(text, comments)
    if text.lstrip()[:1] in ("{", "[") or _YAML_KEY.match(text) is not None:
        root = _compose(text)
        if root is not None and text.lstrip()[:1] not in ("{", "[") and not _is_ours(root):
            root = None
    if root is None:
        opening = _OPENING.search(text)
        if opening is None:
            return None
        begin, end = opening.end() - 1, _end(text)
        if begin >= end:
            return None
        root = _compose(_at_its_place(text, begin, end))
        if root is None:
            return None
    pile = _Pile()
    tree = _Tree(pile, _LINE.split(text[:end]))
    tree.walk(root)
    if not tree.found:
        return None
    if "#" in text:
        tree.comments()
    for at, comment in comments:
        if begin <= at < end:
            before = _LINE.split(text[:at])
            _Text(pile, aside=True, words=False).read(comment, len(before), len(before[-1]) + 1)
    _Text(pile, aside=True).read(text[:begin])
    before = _LINE.split(text[:end])
    _Text(pile, aside=True).read(text[end:], len(before), len(before[-1]) + 1)
    return pile, tree.source, begin == 0 and not text[end:].strip()


def read_pasted(text: str, name: str) -> Pasted:
    """Read domain lists from whatever people can copy.

    Args:
        text: text of the WeChat console or the developer tools, an error message, entries separated by `;` or
            lines, an answer of the platform's API, JSON or YAML with the lists. Nothing is raised.
        name: where the text comes from, for the places of what is found.

    Returns:
        The lists by category, entries without a heading, and everything else with its place.

    >>> read_pasted("request合法域名：https://a.example.com；https://b.example.com", "-").lists["request"][1]
    PastedEntry(text='https://b.example.com', line=1, column=35)
    """
    text = text.removeprefix("\ufeff")
    if "<" in text or "&" in text or "\x1b" in text or "\x9b" in text:
        made = _Markup()
        clean = made.strip(text)
        if made.pieces:
            return made.back(_read_clean(clean, name), text, clean)
    return _read_clean(text, name)


def _read_clean(text: str, name: str) -> Pasted:
    document = _read_document(text)
    if document is not None:
        pile, source, alone = document
        broken = "" if alone else _breaks_off(text)
        return pile.done(f"broken JSON or YAML, read as {source}" if broken else source, name, broken)
    pile = _Pile()
    _Text(pile, effective=_EFFECTIVE.search(text) is not None).read(text)
    entries = bool(pile.unlabelled or any(pile.lists.values()) or any(pile.other.values()))
    if entries:  # among other lists, a bare `request:` is an empty one; alone it is just a word
        for label in pile.titles:
            pile.of(label)
    if "tools" in pile.shapes:
        source = "error of the developer tools, " + ("with its list" if entries else "without a list")
    elif "titles" in pile.shapes:
        source = "text with headings, as in the WeChat console" + _repeated(pile)
    elif entries:
        source = "list without headings"
    elif pile.refused or "phone" in pile.shapes:
        source = "error message; it holds no list"
    else:
        source = "nothing that looks like a domain list"
    broken = _breaks_off(text) if entries or "titles" in pile.shapes else ""
    if broken:
        source = f"broken JSON or YAML, read as {source}"
    return pile.done(source, name, broken)


def _repeated(pile: _Pile) -> str:
    again = [label for label, times in pile.titles.items() if times > 1]
    return f"; several lists named {', '.join(again)} are taken together" if again else ""


_EFFECTIVE = re.compile(r"effective_domain(?![A-Za-z])", re.IGNORECASE)
