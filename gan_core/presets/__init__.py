"""Named settings, one file each: `PRESET` in every module here."""
