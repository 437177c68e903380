"""Pages that were rendered: who asks again for the same page of a publication has it at once.

The key is all that a page is made of: the publication, the customer, the page, and which documents
there are. So a page of another publication or customer is never given, whatever is thrown away.
"""

from collections import OrderedDict
from threading import Lock

Key = tuple[str, str, str, int]
MOST_BYTES = 64 * 1024 * 1024
# Larger ones are few, and would push out all others.
LARGEST = MOST_BYTES // 16


class KeptPages:
    """The pages asked for last, in `most` bytes. Threads may use it."""

    def __init__(self, most: int = MOST_BYTES):
        self._most, self._size = most, 0
        self._pages: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Key) -> bytes | None:
        """The page, if it is kept."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def keep(self, key: Key, page: bytes) -> None:
        """Keep a page; those asked for longest ago make room."""
        if len(page) > min(LARGEST, self._most):
            return
        with self._lock:
            self._size += len(page) - len(self._pages.pop(key, b""))
            self._pages[key] = page
            while self._size > self._most:
                _, old = self._pages.popitem(last=False)
                self._size -= len(old)
