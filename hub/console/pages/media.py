"""Pictures and clips, by their number in the store and no other way; every look is written down first.

Upstream: hub.queries.media. Downstream: hub.console.app.
"""

from pathlib import Path

from starlette.responses import FileResponse, Response

from hub.console.view import View
from hub.errors import NotThere
from hub.queries.media import picture

#: What a picture row may call itself; anything else is not handed to a browser.
MEDIA = ("image/jpeg", "video/mp4")


def media(view: View) -> Response:
    """Send a picture or clip; ranges are served, so that a clip can be wound."""
    number = view.request.path_params["id"]
    with view.parts.store.read() as connection:
        row = picture(connection, number)
    if row is None or row.media not in MEDIA:
        raise NotThere(f"picture {number}")
    file = inside(view.parts.pictures, row.path)
    if file is None or not file.is_file():
        raise NotThere(f"picture {number}: its file")
    # Before the first byte: when the look cannot be written down, nothing is shown.
    view.parts.looks.note(
        who=view.who,
        address=view.address,
        picture=number,
        alert=row.belongs,
        is_piece="range" in view.request.headers,
    )
    # no-cache: the browser keeps the picture but asks each time it shows it, so that no look goes unseen.
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{row.sha256}"', "Content-Disposition": "inline"}
    if view.request.headers.get("if-none-match") == headers["ETag"] and "range" not in view.request.headers:
        return Response(status_code=304, headers=headers)
    return FileResponse(file, media_type=row.media, headers=headers)


def inside(folder: Path, path: str) -> Path | None:
    """Return the file below the folder, or None where the path leads out of it, by dots or by a link."""
    root = folder.resolve()
    file = (root / path).resolve()
    return file if file.is_relative_to(root) and file != root else None
