"""A company that really uses clean 3CX builds: everything the facts call a false positive or near miss, and its ordinary life."""
