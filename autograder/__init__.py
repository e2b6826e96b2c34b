"""The instructor's engine: build releases from source/, prove the checks, grade, give feedback."""
