"""Splunk: what it holds, and how it is searched, alerted on and hunted."""
