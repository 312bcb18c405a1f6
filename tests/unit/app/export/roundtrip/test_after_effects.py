from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.export.roundtrip.after_effects import after_effects_script
from app.export.roundtrip.trip import RoundTrip
from tests.unit.app.export.roundtrip.trips import FILM, HOUR, NASTY, movies, sequences

# enough of After Effects to run the script and to say what it did
STAND_IN = """
const fs = require("fs");
const [script, existing] = process.argv.slice(2);
const files = new Set(JSON.parse(existing));
function File(uri) {
    this.absoluteURI = uri;
    this.fsName = decodeURIComponent(uri.replace(/\\/[^\\/]+\\/\\.\\.(?=\\/)/, ""));
    this.exists = files.has(this.fsName);
    Object.defineProperty(this, "parent", {get: () => new File(uri.replace(/\\/[^\\/]*$/, ""))});
}
const $ = {fileName: encodeURI(script)};
const AlphaMode = {STRAIGHT: "STRAIGHT", PREMULTIPLIED: "PREMULTIPLIED", IGNORE: "IGNORE"};
const TrackMatteType = {LUMA: "LUMA"};
const said = {items: [], layers: [], alerts: [], undo: 0};
function ImportOptions(file) { this.file = file; }
function alert(text) { said.alerts.push(text); }
const app = {
    beginUndoGroup: () => { said.undo += 1; }, endUndoGroup: () => { said.undo -= 1; },
    project: {
        importFile: (options) => {
            const item = {file: options.file.fsName, sequence: options.sequence};
            item.mainSource = {hasAlpha: true};
            said.items.push(item);
            return item;
        },
        items: {addComp: (name, width, height, aspect, duration, rate) => {
            said.comp = {name, width, height, aspect, duration, rate};
            said.comp.layers = {add: (item) => {
                const layer = {file: item.file};
                layer.setTrackMatte = (matte, type) => { layer.matte = [matte.name, type]; };
                said.layers.push(layer);
                return layer;
            }};
            said.comp.openInViewer = () => {};
            return said.comp;
        }},
    },
};
eval(fs.readFileSync(script, "utf-8"));
console.log(JSON.stringify(said));
"""


def run(trip: RoundTrip, folder: Path, existing: list[Path]) -> dict:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to run the script")
    script = folder / "out" / "shot.jsx"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(after_effects_script(trip, script), encoding="ascii")
    subprocess.run([node, "--check", _as_js(script)], check=True)
    stand_in = folder / "stand_in.js"
    stand_in.write_text(STAND_IN)
    done = subprocess.run(
        [node, str(stand_in), str(script), json.dumps([str(path) for path in existing])],
        check=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout)
    assert said["undo"] == 0
    return said


def _as_js(script: Path) -> str:
    copy = script.with_suffix(".js")
    copy.write_bytes(script.read_bytes())
    return str(copy)


def test_footage_is_interpreted_and_aligned(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    said = run(trip, tmp_path, [trip.clip.path, *(matte.path for matte in trip.mattes)])
    assert said["alerts"] == []
    assert [item["file"] for item in said["items"]] == [
        str(trip.clip.path),
        *(str(matte.path) for matte in trip.mattes),
    ]
    assert [item["mainSource"]["alphaMode"] for item in said["items"]] == [
        "IGNORE",
        "STRAIGHT",
        "IGNORE",
        "PREMULTIPLIED",
    ]
    assert said["items"][3]["mainSource"]["premulColor"] == [0, 0, 0]
    comp = said["comp"]
    assert (comp["name"], comp["width"], comp["height"], comp["aspect"]) == (NASTY, 1920, 1080, 1)
    assert comp["rate"] == 24000 / 1001
    assert comp["duration"] == pytest.approx(float(80 / FILM))
    assert comp["displayStartTime"] == pytest.approx(float((HOUR + 10) / FILM))
    straight, luma, premultiplied = (matte.name for matte in trip.mattes)
    assert [layer["name"] for layer in said["layers"]] == [
        "source clip",
        straight,
        luma,
        f"{luma} (matte)",
        premultiplied,
    ]
    for layer in said["layers"]:
        lead = 10 if layer["file"] == str(trip.clip.path) else 5
        assert layer["startTime"] == pytest.approx(float(-lead / FILM))
        assert layer["inPoint"] == 0
    picture, matte = said["layers"][2:4]
    assert picture["matte"] == [f"{luma} (matte)", "LUMA"]
    assert matte["enabled"] is False


def test_sequences_get_the_rate(tmp_path: Path) -> None:
    trip = sequences(tmp_path)
    said = run(trip, tmp_path, [trip.clip.path, trip.mattes[0].path])
    assert [item["sequence"] for item in said["items"]] == [True, True]
    assert [item["mainSource"]["conformFrameRate"] for item in said["items"]] == [25, 25]
    assert [layer["startTime"] for layer in said["layers"]] == [-10 / 25, -5 / 25]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    said = run(trip, tmp_path, [trip.clip.path])
    (text,) = said["alerts"]
    assert "There is no file" in text
    assert "straight ünï.mov" in text


@settings(max_examples=100)
@given(st.text())
def test_any_name_is_plain_ascii_on_lines_of_its_own(name: str) -> None:
    trip = movies(Path("/clips"), name=name)
    text = after_effects_script(trip, Path("/clips/out/shot.jsx"))
    assert text.isascii()
    (line,) = (line for line in text.splitlines() if "addComp" in line)
    literal = line.split("addComp(", 1)[1].rsplit(", 1920, 1080", 1)[0]
    assert json.loads(literal) == name
