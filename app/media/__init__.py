"""Reading clips: video files and folders of pictures. Free of Qt and of the network."""

from app.media.opening import open_source
from app.media.source import Frame, VideoInfo, VideoSource

__all__ = ["Frame", "VideoInfo", "VideoSource", "open_source"]
