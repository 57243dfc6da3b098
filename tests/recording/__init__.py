"""Recordings of reads: as files, replayed, kept."""
