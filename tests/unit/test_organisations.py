"""The file of organisations: whatever a spreadsheet writes is read, whatever is wrong has its line."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.init import write_desk
from gateway.config import organisations
from gateway.config.loading import load
from gateway.config.problem import ConfigError
from gateway.rules.desk import Organisation

PLAIN = """domain,name,segment,arr,lifecycle,health,renewal,seats,zone,domains,contacts
fabrikam.example,Fabrikam,Enterprise,250000,active,red,2026-12-31,40,Europe/Paris,fabrikam.test;fab.test,eva@mail.test
tailspin.example,"Tailspin, Toys",SMB,,,,,,,,
"""
FABRIKAM = Organisation(
    domain="fabrikam.example",
    name="Fabrikam",
    segment="Enterprise",
    arr=250_000,
    lifecycle="active",
    health="red",
    renewal=date(2026, 12, 31),
    seats=40,
    zone="Europe/Paris",
    contacts=("eva@mail.test",),
)


def rows(content: bytes) -> list[Organisation]:
    found = organisations.read(content, "o.csv", {}, {})
    assert found.problems == ()
    return [row.one for row in found.rows]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", "\t").replace("Tailspin\t", "Tailspin,").encode("utf-16"),
        PLAIN.rstrip("\n").encode(),
        f"\n\n{PLAIN}\n ,,,,\n\n".encode(),
        PLAIN.replace("domain,name", "DOMAIN, Name ").encode(),
        PLAIN.replace("fabrikam.example,", " FABRIKAM.example ,").encode(),
        f"sep=,\n{PLAIN}".encode(),
    ],
)
def test_r12_what_a_spreadsheet_writes_is_read(content: bytes) -> None:
    assert rows(content)[0] == FABRIKAM
    assert rows(content)[1].name == "Tailspin, Toys"


def test_r12_excel_s_semicolons_with_lists_in_quotes() -> None:
    text = PLAIN.replace("fabrikam.test;fab.test", '"fabrikam.test|fab.test"').replace(
        "Tailspin, Toys", "Tailspin Toys"
    )
    found = organisations.read(text.replace(",", ";").replace("|", ";").encode("utf-8-sig"), "o.csv", {}, {})
    assert found.problems == ()
    assert found.rows[0].one == FABRIKAM
    assert found.rows[0].names == ("fabrikam.example", "fabrikam.test", "fab.test", "eva@mail.test")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "o.csv: line 1: missing; expected a line with the names of the columns: domain"),
        (b"\n\n", "o.csv: line 1: missing; expected a line with the names"),
        (b"\x00\x01", "o.csv: line 1: "),
        (b"\xff\xfea", "o.csv: line 1: found a byte that is not UTF-8"),
        (b'domain,name\na.example,"open', "o.csv: line 2: cannot be read as CSV: unexpected end of data"),
        (b"domain,name\na.example,x\x00y\n", "o.csv: line 2: "),
        (b"name\nA\n", "o.csv: line 1: missing; expected a column domain"),
        (b"domain,name\na.example," + b"x" * 200_000, "o.csv: line 2: "),
        (b"domain,name\na.example," + b"x" * 20_000, "o.csv: line 2: name: found "),
        (b"domain,name,arr\na.example,A," + b"9" * 16, 'o.csv: line 2: arr: found "9999999999999999"'),
        ("domain,name,arr\na.example,A,²".encode(), "o.csv: line 2: arr: found "),
        ("domain,name\nbücher.example,B".encode(), "o.csv: line 2: domain: found "),
    ],
)
def test_r12_a_mistake_names_its_line(content: bytes, problem: str) -> None:
    found = organisations.read(content, "o.csv", {}, {})
    assert found.rows == ()
    assert found.problems[0].startswith(problem), found.problems
    assert all("\n" not in line and len(line) < 600 for line in found.problems)


def test_many_mistakes_are_counted_and_not_all_told() -> None:
    content = "domain,name\n" + "nothing,x\n" * 10_000
    found = organisations.read(content.encode(), "o.csv", {}, {})
    assert len(found.problems) == 21
    assert found.problems[-1] == "o.csv: 9980 more like these"


def test_r12_ten_thousand_rows_are_fast() -> None:
    lines = [
        f"d{n}.example,House {n},SMB,{n},active,green,2027-01-{n % 28 + 1:02},{n},Europe/Berlin,,"
        for n in range(10_000)
    ]
    content = (PLAIN.partition("\n")[0] + "\n" + "\n".join(lines)).encode()
    begun = time.process_time()
    found = organisations.read(content, "o.csv", {}, {})
    assert time.process_time() - begun < 1.0
    assert len(found.rows) == 10_000
    assert found.problems == ()


@given(st.binary(max_size=300) | st.text(alphabet='domain,name;\n\r"\t\x00a.@é=1', max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    found = organisations.read(b"domain,name\n" + content, "o.csv", {}, {})
    assert all(line.startswith("o.csv: ") for line in found.problems)
    assert all(row.one.domain and row.one.name for row in found.rows)


# In the configuration


def test_r12_the_file_stands_beside_the_configuration_and_adds_to_it(tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "o.csv").write_text(PLAIN)
    text = (
        file.read_text()
        .replace('# file = "organisations.csv"', 'file = "lists/o.csv"')
        .replace("# [organisations]", "[organisations]")
    )
    file.write_text(text)
    desk = load(file, {}).policy
    for address in ("x@fabrikam.example", "x@fabrikam.test", "x@fab.test", "eva@mail.test"):
        assert desk.organisation_of(address) == FABRIKAM
    assert desk.organisation_of("else@mail.test") is None
    nora = desk.organisation_of("nora@northwind.example")
    assert nora is not None
    assert nora.portrait == "Northwind, Enterprise, onboarding"
    assert FABRIKAM.portrait == "Fabrikam, Enterprise, active, health red, renewal 2026-12-31"


def test_a_file_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    config = write_desk(tmp_path / "desk", demo=True)
    made = Path(config)
    made.write_text(made.read_text() + '\n[organisations]\nfile = "organisations.csv"\n')
    file = made.parent / "organisations.csv"
    os.mkfifo(file)
    with pytest.raises(ConfigError, match=r"organisations\.csv: cannot be read: it is no regular file"):
        load(made, {})
    file.unlink()
    file.mkdir()
    with pytest.raises(ConfigError, match=r"it is no regular file"):
        load(made, {})
    file.rmdir()
    with file.open("wb") as large:
        large.truncate(organisations.MOST_BYTES + 1)
    with pytest.raises(ConfigError, match=r"it has more than 32 MB"):
        load(made, {})


def test_r12_the_environment_may_name_the_file(tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    (tmp_path / "o.csv").write_text("domain,name\nnorthwind.example,Twice\n")
    with pytest.raises(ConfigError) as caught:
        load(file, {"REPLYDESK_ORGANISATIONS__FILE": "o.csv"})
    line = (
        'o.csv: line 2: found "northwind.example"; expected a domain of its own; replydesk.toml: organisation[1].domain'
    )
    assert caught.value.problems == (f"{line} has this one",)


def test_r12_a_contact_and_a_further_domain_in_the_configuration(tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    more = 'domains = ["contoso.test"]\ncontacts = ["Carl@mail.test"]\nhealth = "red"\nrenewal = 2027-03-31\n'
    file.write_text(file.read_text().replace('name = "Contoso"\n', f'name = "Contoso"\n{more}'))
    desk = load(file, {}).policy
    for address in ("x@contoso.example", "x@contoso.test", "carl@mail.test"):
        found = desk.organisation_of(address)
        assert found is not None
        assert (found.name, found.health, found.renewal) == ("Contoso", "red", date(2027, 3, 31))


def test_r57_weights_count_the_largest_amount_and_the_nearest_renewal_however_they_are_written(tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    text = file.read_text()
    text = text.replace("arr = [{", "arr = [{ at_least = 5, points = 9 }, {", 1)
    text = text.replace("renewal = [{", "renewal = [{ days = 90, points = 7 }, {", 1)
    file.write_text(text.replace("health = { red = 2 }", "health = { Red = 2 }"))
    weights = load(file, {}).policy.urgency.weights
    assert weights.arr == ((100_000, 1), (5, 9))
    assert weights.renewal == ((30, 1), (90, 7))
    assert weights.health == {"red": 2}
