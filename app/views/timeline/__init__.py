"""The clip from left to right: lanes of objects, references, in and out points, the playhead."""
