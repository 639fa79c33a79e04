"""The audit as text: the verdict in words, then what to do, in working order."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cosaudit.model import CATEGORIES, GATES, Outcome, bytes_text
from cosaudit.report.plain import Paint, argument, bullets, clip, safe, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cosaudit.audit import Report
    from cosaudit.model import Finding, Place, Shape, Verdict, When
    from cosaudit.run import Unknown

    #: (file, line number) → the text of the line, empty when there is none
    Lines = Callable[[str, int], str]

class Column(NamedTuple):
    """A column of a picture: its heading, its gate, and the platform whose requests it is of; None: of all."""

    heading: str
    gate: str
    platform: str | None = None


_MINI, _WEB = "wechat-miniprogram", "web"

#: What stands between a request and COS, in the order in which it is met; a gate has a column a platform at most.
COLUMNS = (
    Column("WeChat", "platform", _MINI),
    Column("browser", "platform", _WEB),
    Column("CORS", "preflight"),
    Column("address", "address"),
    Column("signature", "signature"),
    Column("key", "session"),
    Column("issuer", "issuer"),
    Column("bucket", "bucket"),
    Column("file", "object"),
    Column("answer", "response"),
)
#: Gate → what it checks, for a sentence.
_CHECKS = {
    "platform": "WeChat's domain lists",
    "preflight": "CORS",
    "address": "the address",
    "signature": "the signature",
    "session": "what the key allows",
    "issuer": "who issues the key",
    "bucket": "the bucket's own settings",
    "object": "limits of sizes and keys",
    "response": "what the page can read",
}
#: The end of a field → what it settles at the gate, where that is less than all of it.
_SETTLES = {
    ("bucket", "acl"): "the bucket's ACL and policy",
    ("bucket", "policy"): "the bucket's policy",
    ("bucket", "referer"): "the bucket's referer rules",
    ("bucket", "origins"): "the bucket's referer rules",
    ("issuer", "policy"): "what the key's issuer may do",
}
_WORDS = {
    Outcome.PASS: "ok",
    Outcome.BLOCKED: "BLOCKED",
    Outcome.UNKNOWN: "?",
    Outcome.NOT_DESCRIBED: "-",
    Outcome.NOT_APPLICABLE: "-",
}
_WORST = (Outcome.BLOCKED, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_DESCRIBED, Outcome.NOT_APPLICABLE)
_PROVED = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_SILENT = (Outcome.NOT_DESCRIBED, Outcome.NOT_APPLICABLE)
_STYLES = {"ok": "green", "BLOCKED": "red", "WIDE": "red", "?": "yellow", "unknown": "yellow"}
#: Characters of a label in a picture: at most, and at least where the columns want the room.
_LABEL, _LEAST = 34, 6

#: Rows of the picture at most; the rest is counted.
MAX_ROWS = 14
#: Points of a list at most; the rest is counted.
MAX_POINTS = 10
#: Findings at most; the rest is counted. JSON has them all.
MAX_FINDINGS = 40

CONSOLE = "mp.weixin.qq.com > 开发管理 > 开发设置 > 服务器域名 > 修改 (admin scans)"


class Row(NamedTuple):
    """One line of the picture: what is sent, on which platform, and the worst outcome at each gate."""

    label: str
    outcomes: dict[str, Outcome]
    platform: str

    def at(self, column: Column) -> Outcome:
        """The outcome in a column."""
        return self.outcomes[column.gate] if column.platform in (None, self.platform) else Outcome.NOT_APPLICABLE


def render(report: Report, lines: Lines, width: int, paint: Paint, again: str) -> str:
    """The whole report.

    Args:
        report: the audit.
        lines: finds the text of a line, for the frames.
        width: columns.
        paint: colours or none.
        again: the command line, as it was typed.
    """
    out: list[str] = [*_verdict(report, width, paint), ""]
    picture = _picture(report, width, paint)
    if picture:
        out += [*picture, ""]
    groups = _groups(report)
    if groups:
        order = " Do them in this order." if len(groups) > 1 else ""
        out += [f"{_number(len(groups), 'place')} to change.{order}", ""]
    web = frozenset(client.name for client in report.run.inventory.clients if client.platform == _WEB)
    shown = 0
    for number, (title, findings) in enumerate(groups, 1):
        if shown >= MAX_FINDINGS:
            out += [f"and {len(groups) - number + 1} more places (--format json has them all)", ""]
            break
        shown += len(findings)
        out += [*_group(number, title, findings, web, lines, width, paint), ""]
    out += _unknown(report.unknowns, width)
    if report.unread:
        out += ["Not read, and maybe an entry:"]
        out += [f"  - {safe(note)}" for note in report.unread[:10]]
        out += [f"  - and {len(report.unread) - 10} more"] if len(report.unread) > 10 else []
        out.append("")
    out += _not_judged(report, width)
    if report.run.assumptions:
        out += ["Assumed:", *bullets(list(map(safe, report.run.assumptions)), width, MAX_POINTS), ""]
    counts = ", ".join([f"{number} {name}" for name, number in report.counts.items() if number]) or "no findings"
    out.append(
        f"{counts}; {len(report.unknowns)} unknown; {_number(len(_gates_missing(report)), 'check')} not described; "
        f"exit {report.exit_code}"
    )
    out.append(f"Again: {safe(again)}")
    if report.run.blocked:
        stopped = (block for block, rows in report.run.blocks if any(map(_is_blocked, rows)))
        flow = next((block.transfer.name for block in stopped if block.transfer is not None), None)
        out.append(f"Why:   {safe(_trace(again))}{' ' + argument(flow) if flow else ''}")
    return "\n".join(out) + "\n"


def _number(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _trace(again: str) -> str:
    """The command line of `check` as one of `trace`, which knows no audit policy and no other formats."""
    import re

    words = re.sub(r" (--policy|--format|-f|--output)(=| )('[^']*'|\S+)", "", again)
    return words.replace(" check", " trace", 1)


def _is_blocked(verdicts: tuple[Verdict, ...]) -> bool:
    return any(verdict.outcome is Outcome.BLOCKED for verdict in verdicts)


def _verdict(report: Report, width: int, paint: Paint) -> list[str]:
    """The first line, and below it what has no room there."""
    source = safe(report.run.inventory.source)
    source = "the flags" if source == "--bucket" else "standard input" if source == "-" else source
    word, style, text = _verdict_words(report)
    room = width - len(f"{word}  {source}: ")
    first, more = text, ""
    if len(text) > room and "; " in text:
        first, _, more = text.partition("; ")
    indent = " " * (len(word) + 2)
    return [f"{paint(word, 'bold', style)}  {source}: {first}{';' if more else ''}", *wrap(more, width, indent)]


def _verdict_words(report: Report) -> tuple[str, str, str]:
    """The first word, its colour, and the rest of the line."""
    if report.failing:
        stopped = "; ".join([text for text in (_blocked_flows(report), _wide_words(report)) if text])
        return "NOT READY", "red", stopped or "nothing is stopped, but there is something to mend"
    if report.exit_code == 3:
        yours = [unknown for unknown in report.unknowns if unknown.describe is not None]
        if not yours and report.unread:
            unread = _number(len(report.unread), "piece")
            return "UNDECIDED", "yellow", f"{unread} of a pasted list could not be read"
        things = _number(len(yours) or len(report.unknowns) or len(report.missing), "thing")
        return "UNDECIDED", "yellow", f"{things} must be described before this can be judged"
    if report.run.blocked:
        return "UNPROVED", "yellow", f"{_blocked_flows(report)}, below the threshold"
    judged = "nothing is stopped by what was judged"
    if not report.run.blocks:
        judged = "nothing is sent, so nothing was judged"
    if report.findings:
        judged += f"; {_number(len(report.findings), 'smaller finding')}"
    open_ = []
    if report.unknowns:
        open_.append(f"{_number(len(report.unknowns), 'thing')} nobody knows")
    if any(missing.gate == "platform" for missing in report.missing):
        open_.append("WeChat's domain lists are not described")
    if open_ or not report.run.blocks:
        return "UNPROVED", "yellow", "; ".join([judged, *open_])
    return "READY", "green", judged


def _wide(report: Report) -> dict[str, tuple[str, ...]]:
    """Gate → what lets more through there than is needed, by the findings that say so and count."""
    found: dict[str, dict[str, None]] = {}
    for finding in report.findings:
        if finding.witness is not None and not finding.affects and report.counts_as_failing(finding):
            subject = finding.subject
            of = subject["flow"] if finding.gate == "signature" else subject.get("session") or subject["bucket"]
            name = of or finding.identity
            found.setdefault(finding.gate, {})[name] = None
    return {gate: tuple(names) for gate, names in found.items()}


#: Gate → one thing there that lets too much through, and several.
_TOO_WIDE = {
    "session": ("1 key", "{} keys"),
    "signature": ("1 signature", "{} signatures"),
    "bucket": ("1 bucket", "{} buckets"),
    "preflight": ("CORS of 1 bucket", "CORS of {} buckets"),
}


def _wide_words(report: Report) -> str:
    """What is too wide, for a sentence; empty when nothing is."""
    wide = _wide(report)
    parts = [
        words[0] if len(wide[gate]) == 1 else words[1].format(len(wide[gate]))
        for gate, words in _TOO_WIDE.items()
        if gate in wide
    ]
    if not parts:
        return ""
    several = len(parts) > 1 or not parts[0].startswith(("1 ", "CORS"))
    named = " and ".join([part for part in (", ".join(parts[:-1]), parts[-1]) if part])
    return f"{named} {'are' if several else 'is'} too wide"


def _blocked_flows(report: Report) -> str:
    """Which uploads are stopped, in words."""
    names: dict[str, list[bool]] = {}
    for block, verdicts in report.run.blocks:
        names.setdefault(block.name, []).extend([_is_blocked(row) for row in _different(verdicts)])
    stopped = {name: rows for name, rows in names.items() if any(rows)}
    if not stopped:
        return ""
    if len(stopped) == 1:
        name, rows = next(iter(stopped.items()))
        how = "does not get through" if all(rows) else "does not get through as a whole"
        return f'"{safe(clip(name, 50))}" {how}'
    first = f'"{safe(clip(next(iter(stopped)), 30))}" and {len(stopped) - 1} more'
    return f"{first} of {len(names)} do not get through"


# -- the picture --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def size_label(when: When) -> str:
    """The part of a condition that stands in the picture: the size, the backup domain, the old phone."""
    words = []
    if when.over is not None:
        words.append(f">{bytes_text(when.over)}")
    if when.up_to is not None:
        words.append(f"<={bytes_text(when.up_to)}")
    if when.retry == "host":
        words.append("backup")
    if when.base_below is not None:
        words.append(f"library <{when.base_below}")
    return " ".join(words)


def rows(report: Report) -> list[Row]:
    """What is sent, by flow and size, with the worst outcome at each gate."""
    found: dict[tuple[str, str, str], tuple[Verdict, ...]] = {}
    for label, verdicts in _labelled(report):
        worst = found.get(label)
        if worst is None:
            found[label] = verdicts
        elif worst is not verdicts:
            found[label] = tuple(
                [one if _rank(one) <= _rank(other) else other for one, other in zip(worst, verdicts, strict=True)]
            )
    return [
        Row(f"{name} {size}".strip(), {gate: one.outcome for gate, one in zip(GATES, verdicts, strict=True)}, platform)
        for (name, size, platform), verdicts in found.items()
    ]


def _labelled(report: Report) -> Iterator[tuple[tuple[str, str, str], tuple[Verdict, ...]]]:
    """(name, size, platform) and verdicts of what is sent, each different one of a call once."""
    sizes: dict[int, tuple[tuple[Shape, ...], tuple[str, ...]]] = {}  # shapes are shared by flows: by identity
    for block, verdicts in report.run.blocks:
        known = sizes.get(id(block.shapes))
        if known is None:
            labels = tuple([size_label(shape.when) for shape in block.shapes]) or ("",)
            known = sizes[id(block.shapes)] = (block.shapes, labels)
        before: object = None
        for size, row in zip(known[1], verdicts, strict=True):
            if (size, row) != before:
                before = (size, row)
                yield (block.name, size, block.client.platform), row


def _different(verdicts: list[tuple[Verdict, ...]]) -> Iterable[tuple[Verdict, ...]]:
    """Each different row once; equal ones are the same object."""
    return {id(row): row for row in verdicts}.values()


def _rank(verdict: Verdict) -> int:
    return _WORST.index(verdict.outcome)


def _picture(report: Report, width: int, paint: Paint) -> list[str]:
    every = rows(report)
    wide = _wide(report)
    columns = [
        column
        for column in COLUMNS
        if (column.gate in wide and column.platform is None) or any(row.at(column) not in _SILENT for row in every)
    ]
    if not every or not columns:
        return []
    bad, good = _parted(every, columns)
    shown = (bad or every)[:MAX_ROWS]
    cells = [(safe(row.label), *[_WORDS[row.at(column)] for column in columns]) for row in shown]
    if wide:
        cells.append(("too much", *["WIDE" if column.gate in wide else "-" for column in columns]))
    picture = matrix([column.heading for column in columns], cells, width, paint)
    rest = len(every) - len(shown)
    if rest:
        hidden = len(bad) - len(shown) if bad else 0
        others = good if bad else every[MAX_ROWS:]
        proved = all(row.outcomes[gate] in _PROVED for row in others for gate in ("platform", "address"))
        words = f", {hidden} of them not ok" if hidden > 0 else ", all ok" if proved else ", none of them stopped"
        picture.append(f"and {rest} more{words}")
    return picture


def _parted(rows: list[Row], columns: list[Column]) -> tuple[list[Row], list[Row]]:
    """The rows that are stopped or unknown somewhere, and the others."""
    bad: list[Row] = []
    good: list[Row] = []
    for row in rows:
        (bad if any(row.at(column) in _WORST[:2] for column in columns) else good).append(row)
    return bad, good


def matrix(headings: Iterable[str], rows: list[tuple[str, ...]], width: int, paint: Paint) -> list[str]:
    """Rows under headings within a width: where they do not fit, the columns move together, then labels are cut."""
    lines = [("", *headings), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    widths[0] = min(widths[0], _LABEL)
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
    over = sum(widths) + len(gap) * (len(widths) - 1) - width
    if over > 0:
        widths[0] = max(widths[0] - over, _LEAST)
    out = []
    for label, *cells in lines:
        line = clip(label, widths[0]).ljust(widths[0])
        for cell, room in zip(cells, widths[1:], strict=True):
            line += gap + (paint(cell, _STYLES[cell]) if cell in _STYLES else cell) + " " * (room - len(cell))
        out.append(line.rstrip())
    return out


# -- the findings ---------------------------------------------------------------------------------------------------


def _groups(report: Report) -> list[tuple[str, list[Finding]]]:
    """The findings by the thing that a person changes, in working order."""
    groups: dict[str, list[Finding]] = {}
    several = len(report.run.inventory.clients) > 1
    for finding in report.findings:
        if finding.changes:
            name = finding.subject.get("client")
            title = f"WeChat console of {name}" if several and name else "WeChat console"
        else:
            title = f"{finding.place.file}:{finding.place.line}"
        groups.setdefault(title, []).append(finding)
    return list(groups.items())


def _group(
    number: int, title: str, findings: list[Finding], web: frozenset[str | None], lines: Lines, width: int, paint: Paint
) -> list[str]:
    """A place to change, with all that is found there.

    Args:
        web: the names of the programs that run in a browser.
    """
    out: list[str] = []
    boxes = {box for finding in findings for box, _, _ in finding.changes}
    head = safe(title)
    if boxes:
        head += f", {len(boxes)} {'box' if len(boxes) == 1 else 'boxes'}"
    out.append(paint(f"{number}. {head}", "bold"))
    if boxes:
        out.append(f"   {CONSOLE}")
        out += _changes(findings, paint)
    framed: set[tuple[str, int]] = set()
    for index, finding in enumerate(findings[:MAX_FINDINGS]):
        if index:
            out.append("")
        line = f"   {finding.severity.value:<8}  {finding.rule}  {safe(str(finding.place))}"
        out.append(line)
        out += wrap(safe(finding.message), width, "   ")
        if finding.place[:2] not in framed:
            framed.add(finding.place[:2])
            out += frame(finding.place, lines, width, "" if finding.note in finding.message else finding.note)
        seen = "page" if finding.subject.get("client") in web else "phone"
        for shows, what in finding.phone:
            out += wrap(f"{safe(shows)} ({safe(_affected(finding) or what)})", width, f"   {seen:<8}", " " * 11)
        if not finding.changes:
            out += wrap(safe(finding.fix), width, "   mend    ", "           ")
    if len(findings) > MAX_FINDINGS:
        out.append(f"   and {len(findings) - MAX_FINDINGS} more here")
    if any(sign == "+" for finding in findings for _, sign, _ in finding.changes):
        out.append("   paste   cosaudit allowlist prints the whole boxes, nothing lost")
    return out


def _affected(finding: Finding) -> str:
    """What a finding stops, with the sizes where it is not all of them: `video over 1 MiB`. Repeats are left out."""
    from cosaudit.report.allowlist import condition

    found: dict[str, dict[str, None]] = {}
    for flow, when in finding.affects:
        if flow is None:
            return ""
        parts = [part for part in when.split(", ") if part.startswith(("over ", "up to ", "base ", "retry: host"))]
        found.setdefault(flow, {})[", ".join(parts)] = None
    names = []
    for flow, whens in found.items():
        first = [when for when in whens if "retry: host" not in when]
        ends = {when.removeprefix("up to ") for when in first if when.startswith("up to ")}
        if "" in first or any(when.removeprefix("over ") in ends for when in first):  # every size
            names.append(flow)
        else:
            names += [f"{flow} {condition(when)}".rstrip() for when in first or whens]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _changes(findings: list[Finding], paint: Paint) -> list[str]:
    out = []
    for category in CATEGORIES:
        seen: dict[tuple[str, str], None] = {}
        for finding in findings:
            for box, sign, entry in finding.changes:
                if box == category:
                    seen[(sign, entry)] = None
        if seen:
            out.append(f"     {category}合法域名")
            for sign, entry in sorted(seen, key=lambda change: (change[0] == "+", change[1])):
                out.append(paint(f"       {sign} {safe(entry)}", {"-": "red", "+": "green"}.get(sign, "yellow")))
    if any(sign == "?" for finding in findings for _, sign, _ in finding.changes):
        out.append("     ? nothing described uses it: remove it once no released version does")
    return out


def frame(place: Place, lines: Lines, width: int, note: str = "") -> list[str]:
    """The line of a place with a caret under it; nothing for flags and lines that are not at hand."""
    text = safe(lines(place.file, place.line).replace("\t", " "))
    if not text.strip():
        return []
    number = str(place.line)
    column = place.column - 1
    room = width - len(number) - 3
    cut = 0
    if column > room - 20:
        cut = column - 20
    shown = clip(text[cut:], room)
    if cut:
        shown = "~" + shown[1:]
    out = [f"{number} | {shown}"]
    caret = f"{' ' * len(number)} | {' ' * (column - cut)}^"
    if note:
        out += wrap(safe(note), width, f"{caret} ", f"{' ' * len(number)} | {' ' * min(column - cut + 2, 20)}")
    else:
        out.append(caret)
    return out


# -- what is not known ------------------------------------------------------------------------------------------------


def _unknown(unknowns: tuple[Unknown, ...], width: int) -> list[str]:
    out: list[str] = []
    yours = [unknown for unknown in unknowns if unknown.describe is not None]
    nobodys = [unknown for unknown in unknowns if unknown.describe is None]
    for title, some in (("Describe this, then check again:", yours), ("Nobody knows, said once:", nobodys)):
        if not some:
            continue
        out.append(title)
        merged: dict[tuple[str | None, str], int] = {}
        for unknown in some:
            key = (unknown.describe or unknown.fact, unknown.reason)
            merged[key] = merged.get(key, 0) + len(unknown.affects)
        points = [
            f"{settles}: {safe(reason)}" + (f" ({_number(number, 'request')})" if number else "")
            for (settles, reason), number in merged.items()
        ]
        out += [*bullets(points, width, MAX_POINTS), ""]
    return out


def _gates_missing(report: Report) -> list[str]:
    missing = {one.gate for one in report.missing}
    return [gate for gate in GATES if gate in missing]


def _not_judged(report: Report, width: int) -> list[str]:
    out: list[str] = []
    fields: dict[str, dict[str, None]] = {}  # what is checked → what would describe it
    for gate in _gates_missing(report):
        for field in dict.fromkeys([missing.field for missing in report.missing if missing.gate == gate]):
            checks = _SETTLES.get((gate, field.rpartition(".")[2]), _CHECKS[gate])
            fields.setdefault(checks, {})[field] = None
    if fields:
        by_fields: dict[str, list[str]] = {}
        for checks, some in fields.items():
            more = f" and {len(some) - 1} more" if len(some) > 1 else ""
            by_fields.setdefault(f"{safe(next(iter(some)))}{more}", []).append(checks)
        parts = [f"{', '.join(checks)} ({described})" for described, checks in by_fields.items()]
        out += wrap(f"Not described, and not needed for this verdict: {'; '.join(parts)}.", width)
        out.append("")
    later = not_judged_fields(report)
    if later:
        out += wrap(f"Checked for form, not judged by this version: {', '.join(later)}.", width)
        out.append("")
    return out


def not_judged_fields(report: Report) -> list[str]:
    """The fields that stand in the configuration and that this version only checks for form."""
    inventory = report.run.inventory
    return sorted(inventory.described)
