"""What the pages are made of, in rooms by what is shown; each page in `pages/` puts some of it together."""
