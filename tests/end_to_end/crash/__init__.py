"""Everything that can be killed is killed, again and again, and nothing committed is lost."""
