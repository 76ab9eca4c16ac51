"""Text an attacker could have logged, and where a case can hold it."""

from __future__ import annotations

from dataclasses import replace

from engine.report.estate import BUILD, FIRST, LAST, LOOKUP, at, breached, cell, hit, told
from huntline.model.case import Case, Counted, Store, Unserved
from huntline.model.pack import LogSource, Milestone, Stage

CANARY = "document.title='owned'"
TEXTS = (
    f"<script>{CANARY}</script>",
    f"</style></title></textarea><script>{CANARY}</script>",
    f'"><img src=x onerror={CANARY}>',
    f"' onmouseover='{CANARY}",
    f"`><svg onload={CANARY}>",
    f"]]><script>{CANARY}</script><!--",
    f"--><script>{CANARY}</script>",
    "{{7*7}}{% raw %}${7*7}",
    "=cmd|' /C calc'!A0",
    " \t@SUM(1+1)*cmd|'/C calc'!A0",
    'x;=HYPERLINK("http://evil.example")',
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "null\x00byte\r\nnext\x0bline\x85\u2028end",
    "lone \ud800 surrogate \U000e0041",
    "https://evil.example/path?q=1 and evil.example and 203.0.113.9 and 2001:db8::1",
    "“quotes” 'of' \"every\" `kind` «here»",
)


def hostile(text: str) -> Case:
    """Return a case with `text` wherever a log, a file name, a pack or a platform's words can put it."""
    base = breached()
    rule = told(
        f"id {text}", Stage(text, text, 50, text, ()), LogSource(text, text, text),
        title=text, description=text, level=text, tags=(text,), references=(text,), falsepositives=(text,),
    )  # fmt: skip
    hits = (
        hit(
            rule, 1, values=((text, text),), tenant=text, host=text, event=text, raw=text, parts=(text,),
            time=at(3, 20), new=True,
        ),
        hit(LOOKUP, 2, values=(("QueryName", text),), host="", entities={"address": text, text: text}, time=None),
    )  # fmt: skip
    return replace(
        base,
        customer=text,
        tenants=("north", text),
        platforms={"north": text, text: text},
        scopes={"sysmon": text, text: text},
        pack=text,
        pack_hash=text,
        stages=(*base.stages, Stage(text, text, 50, text, ())),
        milestones=(Milestone(at(3, 1), text),),
        detections=(*base.detections, rule),
        hits=hits,
        cells=(*base.cells, cell(BUILD, "partial", FIRST, LAST, why=text, scope=text, tenant=text)),
        counted=(Counted(text, rule.id, text, None, 7),),
        stores=(Store(text, text, text, text, 1, 1, 1, (text,), FIRST, LAST),),
        unserved=(Unserved(rule.id, text, text, text),),
        hosts={text: ((FIRST, 3),)},
        warnings=(text,),
    )
