"""No statement of the main job reads a whole table: the cost of a mail must not grow with the desk.

Stories are played on SQLite while every statement is written down; then SQLite is asked how it would run each of them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import event

from tests.desk import StillDesk
from tests.stories.test_stories import HERE, Player

STORIES = (
    "answer", "bounce_of_an_answer", "closed_by_time", "copy_to_second_mailbox", "duplicate", "first_answer_late",
    "new_ticket_english", "note",
)  # fmt: skip
SMALL = re.compile(r"SCAN (CONSTANT ROW|\(subquery|anon_|[a-z_]+ VIRTUAL TABLE|[a-z_]+ USING (COVERING )?INDEX)")


@pytest.fixture
def statements(tmp_path, template) -> Iterator[dict[str, tuple]]:
    """What the stories ask of the database, with one set of parameters each, beside an empty desk to ask for plans."""
    found: dict[str, tuple] = {}

    def note(_connection, _cursor, statement, parameters, _context, many):
        found.setdefault(statement, (parameters[0] if many else parameters))

    for story in STORIES:
        desk = StillDesk(tmp_path / story, template)
        for engine in (desk.store._writer, desk.store._reader):
            event.listen(engine, "before_cursor_execute", note)
        Player(HERE / story, desk).play()
        desk.close()
    return found


def test_no_statement_of_the_main_job_reads_a_whole_table(statements, tmp_path):
    read = {
        text: given for text, given in statements.items() if text.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
    }
    assert len(read) > 20
    slow = {}
    with closing(sqlite3.connect(tmp_path / STORIES[0] / "data" / "replydesk.db")) as connection:
        for text, given in read.items():
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", given)]
            if whole := [step for step in plan if step.startswith("SCAN") and not SMALL.match(step)]:
                slow[" ".join(text.split())[:300]] = whole
    assert slow == {}
