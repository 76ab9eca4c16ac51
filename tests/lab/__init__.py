"""The lab: a small victim company, made up from the published facts, and the shapes its logs take."""
