"""Which row of the timeline lies where. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

HEADER_PX = 132
SIDE_PX = 14
RULER_PX = 24
THUMBNAIL_PX = 38
THUMBNAILS_PX = 44
MARKS_PX = 16
LANE_PX = 20
BAR_PX = 10
HEAT_PX = 4
SCROLL_PX = 10
MOST_LANES = 6


@dataclass(frozen=True)
class Rows:
    """The rows from top to bottom: ruler, thumbnails, marks, lanes, scroll bar.

    Attributes:
        lane_count: Objects.
        first_lane: The lane at the top, when there are more than fit.
        has_thumbnails: Whether there is a row of thumbnails.
    """

    lane_count: int
    first_lane: int = 0
    has_thumbnails: bool = False

    @property
    def thumbnails_top(self) -> int:
        """Where the row of thumbnails begins, px."""
        return RULER_PX

    @property
    def marks_top(self) -> int:
        """Where the row of references begins, px."""
        return RULER_PX + (THUMBNAILS_PX if self.has_thumbnails else 0)

    @property
    def lanes_top(self) -> int:
        """Where the lanes begin, px."""
        return self.marks_top + MARKS_PX

    @property
    def shown_lanes(self) -> range:
        """Lanes that are seen."""
        return range(self.first_lane, min(self.lane_count, self.first_lane + MOST_LANES))

    @property
    def scroll_top(self) -> int:
        """Where the scroll bar begins, px."""
        return self.lanes_top + LANE_PX * max(1, min(MOST_LANES, self.lane_count))

    @property
    def height(self) -> int:
        """Of all rows, px."""
        return self.scroll_top + SCROLL_PX

    def lane_top(self, lane: int) -> int:
        """Where a lane begins, px."""
        return self.lanes_top + (lane - self.first_lane) * LANE_PX

    def lane_at(self, y: float) -> int | None:
        """The lane at ``y`` px, or None."""
        lane = self.first_lane + int((y - self.lanes_top) // LANE_PX)
        return lane if y >= self.lanes_top and lane in self.shown_lanes else None

    def scrolled(self, lanes: int) -> Rows:
        """With other lanes at the top."""
        highest = max(0, self.lane_count - MOST_LANES)
        return replace(self, first_lane=max(0, min(self.first_lane + lanes, highest)))

    def showing(self, lane: int) -> Rows:
        """Scrolled no farther than it takes to see a lane."""
        seen = self.shown_lanes
        return self if not seen else self.scrolled(min(0, lane - seen[0]) + max(0, lane - seen[-1]))
