"""Check what answerers say against the stored source; nothing unproven passes."""
