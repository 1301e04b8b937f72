"""What a page holds, unpacked again."""

import base64
import json
import zlib


def inflated(text):
    """What `lcbrb.pages.packing.deflated` was given."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
