"""Work beside the window: decoding, the network, exports.

The only part that loads torch or cfbi, and only when it runs.
"""
