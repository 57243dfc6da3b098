"""Climate that no sensor of ours measured: files of loggers, and what is made of them."""
