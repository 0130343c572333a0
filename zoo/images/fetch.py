"""Files from the network: all files, checked, or one clear error within seconds."""

import contextlib
import hashlib
import socket
import threading
import urllib.parse
from pathlib import Path

from zoo.core.errors import ZooError
from zoo.core.progress import Line
from zoo.images.sources import File

#: Seconds that a server has to accept a connection before the network counts as missing.
PATIENCE = 2
#: Seconds to connect, and seconds without a byte, after which a download fails.
TIMEOUTS = (5, 30)
CHUNK = 1 << 18


class Unreachable(Exception):
    """A server does not answer; the text is the reason."""


def verify(path: Path, file: File) -> None:
    """Raises ZooError when `path` is not the official `file`, by its size and sha256."""
    size = path.stat().st_size
    found = sha256(path)
    if (size, found) != (file.size, file.sha256):
        raise ZooError(
            f"{path} is not the official file: it has {size} bytes and sha256 {found}, which should be {file.size} and "
            f"{file.sha256}; download it again from {file.url}."
        )


def download(files: list, folder: Path, title: str) -> None:
    """Download `files` of one server into `folder`, with a progress line; resumes an interrupted download.

    Raises Unreachable when the server does not answer within PATIENCE, ZooError when it breaks off or sends other data.
    """
    if files:
        _knock(files[0].url)
    total = sum(file.size for file in files)
    done = 0
    with Line(title) as line:
        for file in files:

            def tell(size, before=done):
                line.show((before + size) / total, f"{(before + size) / 1e6:.1f} of {total / 1e6:.1f} MB downloaded")

            _download(file, folder, tell)
            done += file.size


def sha256(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(file, folder, tell):
    import requests
    import urllib3

    part = folder / f"{file.name}.part"
    have = part.stat().st_size if part.exists() else 0
    if have >= file.size:
        part.unlink()
        have = 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    # The official .gz files are the content; the server must not unpack them in transit.
    headers["Accept-Encoding"] = "identity"
    try:
        with requests.get(file.url, stream=True, timeout=TIMEOUTS, headers=headers) as answer:
            if answer.status_code not in (200, 206):
                raise ZooError(f"{file.url} answers {answer.status_code} {answer.reason}; try again later.")
            have = have if answer.status_code == 206 else 0
            coming = have + int(answer.headers.get("Content-Length", file.size - have))
            if coming != file.size:
                raise ZooError(f"{file.url} sends {coming} bytes instead of {file.size}; try again later.")
            with part.open("ab" if have else "wb") as out:
                while have <= file.size and (content := answer.raw.read(CHUNK)):
                    out.write(content)
                    have += len(content)
                    tell(min(have, file.size))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise ZooError(
            f"the download of {file.url} broke off after {have} of {file.size} bytes ({_reason(error)}); "
            "the same command resumes it."
        ) from None
    if have < file.size:
        raise ZooError(
            f"{file.url} broke off after {have} of {file.size} bytes; the same command resumes the download."
        )
    try:
        verify(part, file)
    except ZooError:
        found = sha256(part)
        part.unlink()
        raise ZooError(
            f"{file.url} sent {have} bytes with sha256 {found} instead of {file.size} and {file.sha256}; "
            "nothing was kept; try again later."
        ) from None
    part.replace(folder / file.name)


def _knock(url):
    """Raises Unreachable unless the server of `url`, or its proxy, accepts a connection within PATIENCE."""
    import requests

    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    parts = urllib.parse.urlsplit(proxy or url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    answer = [Unreachable(f"{parts.hostname} does not answer within {PATIENCE} s")]

    def knock():
        try:
            socket.create_connection((parts.hostname, port), timeout=PATIENCE).close()
            answer[0] = None
        except OSError as error:
            answer[0] = Unreachable(f"{parts.hostname} cannot be reached: {_reason(error)}")

    # In a thread, as looking up the address of a name has its own timeout, of minutes.
    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if answer[0]:
        raise answer[0]


def _reason(error):
    with contextlib.suppress(AttributeError):
        return error.strerror or str(error)
    return str(error)
