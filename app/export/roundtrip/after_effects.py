"""A script for After Effects: imports clip and mattes, interprets their alpha, and lays them out.

Files are looked for beside the script first, so that a folder can be moved as a whole. All text is ASCII:
names go in as escaped strings, paths as percent-encoded URIs, which is what ExtendScript's ``File`` takes.
"""

from __future__ import annotations

import json
import os
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from app.export.roundtrip.trip import Footage, RoundTrip

_SCRIPT = """\
// Made by CFBI Studio: imports a clip and its mattes, aligned.
// In After Effects: File > Scripts > Run Script File.
(function () {
    var RATE = @RATE@;
    var here = new File($.fileName).parent.absoluteURI;

    function find(relative, absolute) {
        var file = new File(here + "/" + relative);
        if (!file.exists) {
            file = new File(absolute);
        }
        if (!file.exists) {
            throw new Error("There is no file " + file.fsName);
        }
        return file;
    }

    function load(footage) {
        var options = new ImportOptions(find(footage.relative, footage.absolute));
        options.sequence = footage.sequence;
        var item = app.project.importFile(options);
        item.name = footage.name;
        if (footage.sequence) {
            item.mainSource.conformFrameRate = RATE;
        }
        if (item.mainSource.hasAlpha) {
            if (footage.alpha === "straight") {
                item.mainSource.alphaMode = AlphaMode.STRAIGHT;
            } else if (footage.alpha === "premult") {
                item.mainSource.alphaMode = AlphaMode.PREMULTIPLIED;
                item.mainSource.premulColor = [0, 0, 0];
            } else {
                item.mainSource.alphaMode = AlphaMode.IGNORE;
            }
        }
        return item;
    }

    function place(comp, item, footage, name) {
        var layer = comp.layers.add(item);
        layer.name = name;
        layer.startTime = footage.startFrame / RATE;
        layer.inPoint = 0;
        layer.outPoint = comp.duration;
        return layer;
    }

    function useAsLumaMatte(layer, matte) {
        if (typeof layer.setTrackMatte === "function") {
            layer.setTrackMatte(matte, TrackMatteType.LUMA);
        } else {
            layer.trackMatteType = TrackMatteType.LUMA;
        }
        matte.enabled = false;
    }

    var clip = @CLIP@;
    var mattes = @MATTES@;

    app.beginUndoGroup("Import mattes");
    try {
        var clipItem = load(clip);
        var comp = app.project.items.addComp(@NAME@, @WIDTH@, @HEIGHT@, @ASPECT@, @FRAMES@ / RATE, RATE);
        comp.displayStartTime = @START@ / RATE;
        place(comp, clipItem, clip, clip.name);
        for (var i = 0; i < mattes.length; i++) {
            var item = load(mattes[i]);
            if (mattes[i].alpha === "matte") {
                var picture = place(comp, clipItem, clip, mattes[i].name);
                picture.audioEnabled = false;
                useAsLumaMatte(picture, place(comp, item, mattes[i], mattes[i].name + " (matte)"));
            } else {
                place(comp, item, mattes[i], mattes[i].name).audioEnabled = false;
            }
        }
        comp.openInViewer();
    } catch (error) {
        alert("The mattes could not be imported.\\n" + error.message);
    }
    app.endUndoGroup();
}());
"""


def after_effects_script(trip: RoundTrip, script: Path) -> str:
    """The text of the script.

    Args:
        trip: What to import.
        script: Where the script will lie; paths are told from there.
    """
    folder = script.resolve().parent
    start = (0 if trip.clip.is_sequence else trip.clip.start) + trip.shown.start
    values = {
        "RATE": _number(trip.rate),
        "CLIP": _footage(trip.clip, trip, folder),
        "MATTES": f"[{', '.join(_footage(matte, trip, folder) for matte in trip.mattes)}]",
        "NAME": json.dumps(trip.name),
        "WIDTH": str(trip.width),
        "HEIGHT": str(trip.height),
        "ASPECT": _number(trip.pixel_aspect),
        "FRAMES": str(len(trip.shown)),
        "START": str(start),
    }
    # split, not replace: a name may hold what looks like another placeholder
    parts = _SCRIPT.split("@")
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))


def _footage(footage: Footage, trip: RoundTrip, folder: Path) -> str:
    path = footage.path.resolve()
    facts = {
        "relative": _relative(path, folder),
        "absolute": _absolute(path),
        "name": footage.name,
        "sequence": footage.is_sequence,
        "alpha": footage.alpha.value,
        "startFrame": footage.first - trip.shown.start,
    }
    return json.dumps(facts)


def _relative(path: Path, folder: Path) -> str:
    try:
        way = os.path.relpath(path, folder)
    except ValueError:  # on another drive of Windows
        return quote(path.name)
    return quote(Path(way).as_posix())


def _absolute(path: Path) -> str:
    if path.drive.endswith(":"):
        return f"/{path.drive[0].lower()}{quote(path.as_posix()[2:])}"
    return quote(path.as_posix())


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"
