import csv
import json

import numpy as np
import pytest

from routes_planner.cli.main import main

PVRP = "1 2 3 2\n0 10\n0 10\n0 0 0 0 0 0 0\n1 3 4 0 2 1 2 1 2\n2 6 8 0 3 2 1 3\n3 -3 4 0 3 1 2 1 2\n"
TSPTW = "3\n0 5 9\n5 0 4\n9 4 0\n0 100\n0 100\n0 100\n"
TWO_DU = (
    "4\n"
    + "".join(f"{i} {i} 0 1 0\n" for i in range(4))
    + "3\n0 1\n1 2\n2 3\n2 2 0.1 0.1\n1 1 1 1\n1 1 1 1\n"
)


def answer(capsys, *arguments: str):
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


def test_a_calendar_file_is_solved_and_drawn(tmp_path, capsys):
    file, page = tmp_path / "tiny", tmp_path / "map.html"
    file.write_text(PVRP)
    told = answer(capsys, "calendar", str(file), "--seconds", "0.2", "--json", "--map", str(page))
    assert told["feasible"] is True
    assert told["cost"] == pytest.approx(sum(route["cost"] for route in told["routes"]))
    drawn = page.read_text()
    assert "<svg" in drawn
    assert "http" not in drawn


def test_a_day_is_solved_and_told_in_words(tmp_path, capsys):
    file = tmp_path / "day.txt"
    file.write_text(TSPTW)
    assert main(["sequence", str(file), "--seconds", "0.2", "--format", "tsptw"]) == 0
    assert "cost 18.00" in capsys.readouterr().out


def test_a_design_file_is_divided(tmp_path, capsys):
    file, page = tmp_path / "four.dat", tmp_path / "map.html"
    file.write_text(TWO_DU)
    told = answer(capsys, "territory", str(file), "--seconds", "2", "--json", "--map", str(page))
    assert told["feasible"] is True
    assert told["cost"] == 2.0
    assert page.exists()


def test_a_handover_is_proposed_from_json(tmp_path, capsys):
    stores = [
        {"id": f"s{i}", "x": i, "y": 0, "minutes": 10, "holder": "ann" if i < 2 else "gone"} for i in range(4)
    ]
    file = tmp_path / "leaver.json"
    receivers = [{"id": "ann", "capacity": 100}]
    file.write_text(
        json.dumps({"name": "x", "leaver": "gone", "stores": stores, "receivers": receivers, "plane": True})
    )
    told = answer(capsys, "reassign", str(file), "--seconds", "2", "--json")
    assert [t["receiver"] for t in told["proposals"][0]["transfers"]] == ["ann", "ann"]
    assert told["proposals"][0]["feasible"] is True


def test_a_folder_of_instances_is_measured_against_the_best_known(tmp_path, capsys):
    (tmp_path / "tiny").write_text(PVRP)
    (tmp_path / "bks.csv").write_text("instance,bks\ntiny,50\n")
    told = answer(capsys, "bench", "calendar", str(tmp_path), "--seconds", "0.2", "--json")
    (row,) = told["instances"]
    assert list(row) == ["instance", "cost", "bks", "gap", "feasible", "seconds"]
    assert told["feasible_share"] == 1.0
    assert told["mean_gap"] == pytest.approx(100 * (row["cost"] / 50 - 1), abs=1e-3)


def test_one_run_tells_the_gap_at_several_moments_and_may_stop_at_the_best_known(tmp_path, capsys):
    (tmp_path / "tiny").write_text(PVRP)
    asked = ("bench", "calendar", str(tmp_path), "--seconds", "0.4", "--marks", "0.2,0.4", "--json")
    (row,) = answer(capsys, *asked)["instances"]
    assert row["gap_0.4s"] is None
    (tmp_path / "bks.csv").write_text(f"instance,bks\ntiny,{row['cost']}\n")
    told = answer(capsys, *asked)
    assert told["instances"][0]["gap_0.2s"] >= told["instances"][0]["gap_0.4s"] == told["mean_gap_0.4s"]
    stopped = answer(capsys, *asked[:4], "60", "--until-best", "--json")
    assert stopped["instances"][0]["seconds"] < 60


def test_a_store_list_becomes_a_plan_with_a_map(tmp_path, capsys):
    rng = np.random.default_rng(1)
    with (tmp_path / "outlets.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "longitude", "latitude", "class"])
        for i in range(40):
            rows.writerow([f"店 {i}", 114 + rng.random() / 10, 22.3 + rng.random() / 10, "AB"[i % 2]])
    page = tmp_path / "map.html"
    told = answer(
        capsys,
        *("plan", "--outlets", str(tmp_path / "outlets.csv"), "--reps", "2", "--weeks", "2"),
        *("--seconds", "0.5", "--json", "--map", str(page)),
    )
    assert told["feasible"] is True
    assert sum(len(rep["outlets"]) for rep in told["reps"]) == 40
    assert "water and hills" in " ".join(told["notes"])
    assert "water and hills" in page.read_text(encoding="utf-8")


def test_what_is_refused_is_told_on_stderr_and_by_the_exit_code(tmp_path, capsys):
    file = tmp_path / "broken.json"
    file.write_text('{"name": 1}')
    assert main(["sequence", str(file)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "travel" in told.err
    assert main(["calendar", str(tmp_path / "missing")]) == 1
