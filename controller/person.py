"""Who sits at the command line, for the audit."""

import os
import pwd


def who() -> str:
    """The operating system's name for who runs this, whatever the environment claims."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
