"""Mistakes in the configuration: each has its sentence, and no file breaks the reader."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.problem import ConfigError, mask
from gateway.config.settings import read_secret
from tests.unit.config.conftest import BAD, SECRET

DEMO = files("templates") / "desk" / "demo.toml"


# Mistakes


@pytest.mark.parametrize("mistake", sorted(folder.name for folder in BAD.iterdir()))
def test_a_mistake_has_its_sentence(mistake: str) -> None:
    variables = BAD / mistake / "environment.txt"
    lines = variables.read_text().splitlines() if variables.exists() else []
    with pytest.raises(ConfigError) as caught:
        load(BAD / mistake / "replydesk.toml", dict(line.split("=", 1) for line in lines))
    assert list(caught.value.problems) == (BAD / mistake / "expected.txt").read_text().splitlines()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "replydesk.toml", {})
    assert caught.value.problems == (
        f'no configuration at {tmp_path}/replydesk.toml: run "replydesk init" there or name one with --config',
    )


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "replydesk.toml"
    file.write_bytes('[desk]\nname = "Büro"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^replydesk\.toml: line 2: found a byte that is not UTF-8"):
        load(file, {})


def test_a_file_that_may_not_be_read_is_named(demo: Path) -> None:
    refusal = PermissionError(13, "Permission denied")
    with patch.object(Path, "open", side_effect=refusal), pytest.raises(ConfigError) as caught:
        load(demo, {})
    assert caught.value.problems == (f"{demo}: cannot be read: Permission denied",)


def test_passwords_are_never_repeated() -> None:
    assert mask("postgresql://desk:s3@cret/x@db/desk") == "postgresql://desk:***@db/desk"
    assert mask("postgresql://db/desk?password=s3cret&x=1") == "postgresql://db/desk?password=***&x=1"
    assert mask("smtp://mail.example:587") == "smtp://mail.example:587"


# Whatever is in the file

junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.floats(allow_nan=True),
        st.text(max_size=8),
        st.dates(),
        st.sampled_from(["", "a@b.c", "127.0.0.1:0", "::", "smtp://[", "http://[", "Europe", "../x", "09:00", "_x"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "a", "team"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The demo desk with some of its values replaced by junk."""
    tree: dict[str, Any] = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 4))):
        place: Any = tree
        while True:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        place[key] = draw(junk)
    return tree


@given(damaged())
@settings(deadline=None, max_examples=200)
def test_no_file_breaks_the_reader_of_it(tree: dict[str, Any]) -> None:
    with patch("gateway.config.loading._read_toml", return_value=tree):
        try:
            assert load(Path("replydesk.toml"), {}).desk(SECRET).domain
        except ConfigError as refused:
            assert refused.problems
            assert all("\n" not in line and line.startswith("replydesk.toml: ") for line in refused.problems)


# What else has to be there


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "no secret at"), ("zz", "hexadecimal"), ("00ff", "found 2 bytes")]
)
def test_a_secret_that_is_not_one(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "secret").write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        read_secret(tmp_path)


def test_what_to_do_without_a_secret_can_be_done(tmp_path: Path) -> None:
    """`init` refuses a folder that has a configuration: it is no advice for a desk that has lost its secret."""
    file = write_desk(tmp_path / "desk", demo=True)
    load(file, {}).store.data.joinpath("secret").unlink()
    with pytest.raises(
        ConfigError, match=r"bring the one of this desk back from its backup; .* in a folder of its own"
    ):
        read_secret(load(file, {}).store.data)


def test_a_look_of_our_own_wants_its_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    env = {"REPLYDESK_TRUST__VERIFY": "true", "REPLYDESK_TRUST__DNS": "192.0.2.53,[2001:db8::1]:5353"}
    config = load(file, env)
    assert config.verify.enabled
    assert config.verify.nameservers == (("192.0.2.53", 53), ("2001:db8::1", 5353))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        load(file, env)
    (problem,) = caught.value.problems
    assert problem == (
        "REPLYDESK_TRUST__VERIFY: found true, but cryptography, dns, publicsuffixlist cannot be found: "
        'pip install "replydesk[verify]"'
    )
    assert not load(file, {}).verify.enabled
