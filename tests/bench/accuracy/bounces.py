"""Bounces, against what sisimai and flufl.bounce state of their own samples.

In: the rows of `robust/manifest.jsonl` with `expected.sisimai` or `expected.flufl_bounce`. Out: the scores.

What is compared:
- found: kind bounce or delay. Left out by rule: sisimai's reasons feedback, vacation and delivered, which are no
  bounces (they are counted as "own kinds"), and rows in which the source itself finds nothing.
- recipients: the set of addresses, lower case, where the source states them (flufl.bounce does, sisimai states only how
  many there are: a score of its own).
- permanence: the class of the status where the mail states one (5 is permanent, RFC 3463 section 2). sisimai's codes
  X.0.9NN are its own guesses and stand in no mail: there its reason decides, permanent for the reasons that it calls
  hard, not comparable for the others. Its `hardbounce` is not compared as such, for it means "drop the address", not
  "will not be delivered". flufl.bounce states `temporary`. Of several recipients the sets of values are compared.
- status: the set of status codes, where none is sisimai's guess.
"""

from __future__ import annotations

import re
from pathlib import Path

from parsing.message import Kind, ParsedMail
from parsing.reading import read
from tests.bench.accuracy.score import Row, Score, rows

_KINDS = {"feedback": Kind.ABUSE_REPORT, "vacation": Kind.OUT_OF_OFFICE, "delivered": Kind.RECEIPT}
_GUESSED = re.compile(r"[45]\.0\.9\d\d")


def scores(corpus: Path) -> list[Score]:
    """One pass over the rows that state something of a bounce."""
    found = Score("bounces: found as bounce or delay", bar=0.98)
    others = Score("bounces: reports and replies that are no bounces get their own kind")
    addresses = Score("bounces: recipients (where the source states addresses)", bar=0.96)
    counts = Score("bounces: how many recipients (sisimai)")
    permanence = Score("bounces: permanent or not", bar=0.95)
    status = Score("bounces: status (where the mail states it)")
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        expected = row.get("expected") or {}
        stated, flufl = expected.get("sisimai"), expected.get("flufl_bounce")
        if not stated and not (flufl and flufl["addresses"]):
            continue
        mail = read((corpus / "robust" / row["file"]).read_bytes())
        reasons = {item["reason"] for item in stated or ()}
        if reasons & _KINDS.keys():
            kinds = {_KINDS[reason] for reason in reasons & _KINDS.keys()}
            others.add(row, row["source_repo"], mail.kind in kinds, f"{mail.kind} {mail.kind_reasons} {reasons}")
            continue
        note = f"{mail.kind} {mail.kind_reasons} {mail.bounce} {stated or flufl}"
        found.add(row, row["source_repo"], mail.kind in {Kind.BOUNCE, Kind.DELAY}, note)
        _recipients(row, mail, addresses, counts, note)
        _values(row, mail, permanence, status, note)
    return [found, others, addresses, counts, permanence, status]


def _recipients(row: Row, mail: ParsedMail, addresses: Score, counts: Score, note: str) -> None:
    expected = row["expected"]
    named = [one.address.lower() for one in mail.bounce.recipients] if mail.bounce else []
    if expected.get("flufl_bounce"):
        wanted = {address.lower() for address in expected["flufl_bounce"]["addresses"]}
        addresses.add(row, row["source_repo"], set(named) == wanted, note)
    else:
        counts.add(row, row["source_repo"], len(named) == len(expected["sisimai"]), note)


def _values(row: Row, mail: ParsedMail, permanence: Score, status: Score, note: str) -> None:
    expected = row["expected"]
    named = mail.bounce.recipients if mail.bounce else ()
    said = {one.permanent for one in named}
    if expected.get("flufl_bounce"):
        permanence.add(row, row["source_repo"], said == {not expected["flufl_bounce"]["temporary"]}, note)
        return
    items = expected["sisimai"]
    guessed = [item for item in items if _GUESSED.fullmatch(item["status"])]
    if all(item not in guessed or item["hardbounce"] for item in items):
        wanted = {bool(item["hardbounce"]) if item in guessed else item["status"][0] == "5" for item in items}
        permanence.add(row, row["source_repo"], said == wanted, note)
    if not guessed:
        right = {one.status for one in named} == {item["status"] for item in items}
        status.add(row, row["source_repo"], right, note)
