"""Forms: from the config's schema to widgets, for a run, a race and one's own pictures."""
