"""`run.py calendar` at a real data folder: prints a year, sets a day, takes it out, and says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from web.commands import cli


def run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(cli, ["calendar", "--data", str(folder), *words])


def test_a_year_is_printed_and_a_day_set_and_taken_out(folder: Path) -> None:
    assert CliRunner().invoke(cli, ["migrate", "--data", str(folder)]).exit_code == 0
    set_there = run(folder, "--region", "139901", "--off", "2027-03-08", "--name", "庙会", "--json")
    assert json.loads(set_there.stdout) == {
        "year": 2027,
        "notice": "",
        "days": [{"day": "2027-03-08", "working": False, "name": "庙会", "own": True}],
    }
    assert json.loads(run(folder, "--year", "2027", "--json").stdout)["days"] == [], "another county's"
    assert "春节调休" in run(folder, "--year", "2026").stdout
    for wrong in (
        ("--off", "tomorrow", "--name", "x"),
        ("--off", "2027-03-08"),
        ("--off", "2101-01-01", "--name", "x"),
        ("--clear", "2027-03-09", "--region", "139901"),
        ("--year", "1999"),
    ):
        assert run(folder, *wrong).exit_code == 1, wrong
    assert run(folder, "--off", "2027-03-08", "--worked", "2027-03-09").exit_code == 2
    assert json.loads(run(folder, "--region", "139901", "--clear", "2027-03-08", "--json").stdout)["days"] == []
