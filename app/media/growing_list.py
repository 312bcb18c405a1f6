"""Lists the frames of a long video while it is already in use."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread

from app.errors import MediaError
from app.i18n import tr
from app.media.disk_cache import ClipKey, DiskCache
from app.media.listing import Lister, Listing
from app.media.listing_cache import remember

Tell = Callable[[Listing, "MediaError | None"], None]


class GrowingList:
    """Lists the frames of a video in a thread of its own, and remembers the whole list.

    Args:
        lister: Lists the frames.
        key: By what the list is remembered.
        disk: Where.
    """

    def __init__(self, lister: Lister, key: ClipKey, disk: DiskCache) -> None:
        self._lister = lister
        self._key, self._disk = key, disk
        self._news = Condition()
        self._latest: Listing | None = None
        self._error: MediaError | None = None
        self._ended = False
        self._tell: Tell | None = None
        self._thread = Thread(target=self._run, name="frame list", daemon=True)
        self._thread.start()

    def wait(self, patience_s: float | None) -> Listing:
        """Wait for the whole list.

        Args:
            patience_s: Take what there is after so many seconds, if there is anything; None for no hurry.

        Returns:
            The list so far.

        Raises:
            MediaError: No frame can be listed.
        """
        with self._news:
            self._news.wait_for(lambda: self._ended, patience_s)
            self._news.wait_for(lambda: self._ended or self._latest is not None)
            if self._latest is None or (patience_s is None and self._error is not None):
                raise self._error or MediaError(tr("The list of frames was stopped."))
            return self._latest

    def tell(self, tell: Tell) -> None:
        """Have longer lists told from now on, the newest at once.

        Args:
            tell: Gets a list, and why it ends here if it does so too early. It is called in the list's
                thread.
        """
        with self._news:
            self._tell = tell
            if self._latest is not None:
                tell(self._latest, self._error)

    def close(self) -> None:
        """Stop listing, and tell no more."""
        with self._news:
            self._tell = None
        self._lister.stop()
        self._thread.join()
        self._lister.close()

    def _run(self) -> None:
        try:
            for listing in self._lister:
                if listing.frames.complete:
                    remember(self._key, listing, self._disk)
                self._hear(listing, None)
        except MediaError as error:
            self._hear(None, error)
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _hear(self, listing: Listing | None, error: MediaError | None) -> None:
        with self._news:
            self._latest = listing or self._latest
            self._error = error
            if self._tell is not None and self._latest is not None:
                self._tell(self._latest, error)
            self._news.notify_all()
