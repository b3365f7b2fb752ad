"""The one exception that is meant to be read by a person."""


class WorkshopError(Exception):
    """Something a user can put right: the message is one plain sentence that says what and how.

    Pages show it as it is; the command line prints it and exits with status 2. Anything else
    that is raised is a defect of ours and keeps its traceback.
    """
