"""Commands: parse, call one verb, print, exit code. The only place that prints."""
