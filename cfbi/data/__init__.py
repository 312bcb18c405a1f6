"""Training clips: real ones in the DAVIS layout, and clips simulated from still pictures."""
