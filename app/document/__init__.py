"""The studio's state: a document, its masks, and the commands that change them."""
