"""Race: settings that start together, take turns on the machine, and are watched side by side."""

import streamlit as st

from gan_core.runs import race
from pages.ui.form import race as race_form
from pages.ui.live import race as live_race
from pages.ui.shell import session
from pages.ui.shell.frame import frame

frame("Race")
contest = session.find_in_url("race", race.find)
if contest is not None and contest.runs():
    live_race.show(contest)
else:
    if contest is not None:
        st.warning(f"The runs of race {int(contest.name)} were deleted.")
    race_form.show()
    race_form.show_earlier()
