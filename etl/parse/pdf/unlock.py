"""Open the lock of a PDF whose owner password is empty, which pdfium does not try."""

import io

__all__ = ["unlocked_copy"]


def unlocked_copy(content: bytes) -> bytes | None:
    """
    Decrypt a PDF with the empty password, as user or as owner.

    Args:
        content: A file that pdfium refused for want of a password.

    Returns:
        The same document without encryption; None where the empty password does not open it,
        or the file is too damaged to be written anew.
    """
    # Imported here: hardly any paper needs it, and every child would pay for it.
    from pypdf import PasswordType, PdfReader, PdfWriter  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.decrypt("") is PasswordType.NOT_DECRYPTED:
            return None
        copy = io.BytesIO()
        PdfWriter(clone_from=reader).write(copy)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  a hostile file raises whatever it finds; it stays locked
        return None
    return copy.getvalue()
