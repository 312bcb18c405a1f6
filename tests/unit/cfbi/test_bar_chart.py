from __future__ import annotations

import xml.etree.ElementTree as ET

from cfbi.bar_chart import bar_chart

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values() -> None:
    root = ET.fromstring(
        bar_chart([("whole", 80.0), ("a < b", 40.0), ("broken", -3.0)], title="J&F", label="%")
    )
    lengths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")][1:]
    assert lengths == [304.0, 152.0, 0.0]
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"J&F", "%", "whole", "a < b", "80.0", "40.0", "-3.0"} <= set(texts)
