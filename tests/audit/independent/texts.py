"""Texts that people read (docs/bundle.md)."""

import unicodedata

MISLEADING = {0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def is_text(text, most):
    """A text of lines that people can read, each ended or parted by a line feed."""
    plain = (unicodedata.category(c) != "Cc" and ord(c) not in MISLEADING for c in text if c != "\n")
    return bool(text.strip()) and len(text.encode()) <= most and all(plain)


def is_line(text, most):
    """A text of one line."""
    return "\n" not in text and is_text(text, most)
