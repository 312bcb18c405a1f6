"""Reading clips: video files and folders of pictures. Free of Qt and of the network."""

from app.media.frame_map import FrameMap
from app.media.opening import open_source
from app.media.source import Frame, PictureFormat, VideoInfo, VideoSource
from app.media.timecode import Timecode

__all__ = ["Frame", "FrameMap", "PictureFormat", "Timecode", "VideoInfo", "VideoSource", "open_source"]
