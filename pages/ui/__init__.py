"""What the pages are made of, by what is shown."""
