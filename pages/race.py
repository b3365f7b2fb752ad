"""Race: settings that start together, take turns on the machine, and are watched side by side."""

import streamlit as st

from pages.ui import race_live, race_setup, session
from pages.ui.frame import frame

frame("Race")
contest = session.race_in_url()
if contest is not None and contest.runs():
    race_live.show(contest)
else:
    if contest is not None:
        st.warning(f"The runs of race {int(contest.name)} were deleted.")
    race_setup.show()
    race_setup.earlier()
