"""Files as they arrive: straight to the disk, readable by their owner only, never whole in memory."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from perennial.stores.uploads.actions.hand_in import digest_of_content
from perennial.stores.uploads.queries import folder

FIELD = "file"


class Received(UploadedFile):
    """A file that arrived whole: it lies at ``path``; ``digest`` of all its bytes."""

    def __init__(self, handle: IO[bytes], path: Path, digest: str, name: str, size: int) -> None:
        super().__init__(handle, name, "application/octet-stream", size, None)
        self.path, self.digest = path, digest

    def close(self) -> None:
        """At the end of the request: whoever wanted the file has taken it away."""
        super().close()
        self.path.unlink(missing_ok=True)


class Receiver(FileUploadHandler):
    """Takes one file of at most ``most`` bytes. ``failure``: why it took none (too_large, full, broken)."""

    chunk_size = 1 << 18

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.failure = most, ""
        self._path: Path | None = None
        self._handle: IO[bytes] | None = None
        self._size = 0

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Open a file of our own naming: theirs is only what people call it."""
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD or self._path is not None:
            raise SkipFile
        self._path = folder() / f"{secrets.token_hex(16)}.part"
        self._handle = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
        self._digest = digest_of_content()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write on; too much, or a full disk, ends it. The rest is read away, so that the browser hears why."""
        assert self._handle is not None  # noqa: S101  # opened in new_file
        self._size = start + len(raw_data)
        if self._size > self.most:
            self._give_up("too_large")
        try:
            self._handle.write(raw_data)
            self._digest.update(raw_data)
        except OSError:
            self._give_up("full")

    def file_complete(self, file_size: int) -> Received | None:
        """Hand it over; None where the bytes on the disk are not all."""
        assert self._handle is not None  # noqa: S101
        assert self._path is not None  # noqa: S101
        try:
            self._handle.flush()
        except OSError:
            self._give_up("full")
        return Received(self._handle, self._path, self._digest.hexdigest(), self.file_name or "", file_size)

    def upload_interrupted(self) -> None:
        """Whoever sent it went away in the middle."""
        self._remove()

    def _give_up(self, why: str) -> None:
        self.failure = why
        self._remove()
        raise StopUpload(connection_reset=False)

    def _remove(self) -> None:
        if self._handle is not None:
            try:
                self._handle.close()
            except OSError:  # what is still to be written does not fit either: the file goes anyway
                self.failure = self.failure or "full"
        if self._path is not None:
            self._path.unlink(missing_ok=True)
