"""What the canvas shows of a frame, as pixels. Free of Qt, so that a thread can make it ahead."""
