"""What the one-folder build is made of; `python packaging/one_folder.py` uses it."""
