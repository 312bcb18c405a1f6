"""The pixel work of the tools: numpy and OpenCV, free of Qt. Points are (x, y) in image px, centres at .5."""
