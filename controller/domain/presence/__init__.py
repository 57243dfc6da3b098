"""Where things are beside doors: what zone readers, shelf antennas and handhelds hear.

Being heard proves presence. Not being heard proves nothing by itself: a departure is concluded
from a run of silence that a tag this well heard would hardly ever make, and never from the
silence of a reader that is lost.
"""
