"""Elastic: hunts and detection rules over Elasticsearch and Kibana."""
