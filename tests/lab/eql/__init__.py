"""Event Query Language as Elasticsearch documents it: what it refuses, and what it answers."""
