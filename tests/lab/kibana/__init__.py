"""A stand-in for Kibana 8.19 and 9.x: detection rules, their exceptions and spaces, run over the lab's Elasticsearch.

Comments and tables cite `platforms.md` by its section and source key ([E4] ...); (facts) is
`specs/elastic/kibana-detections.facts.json`, (source) is Kibana's own public source as read, (mem) is from memory, (lab) is our
choice where nothing was found.
"""
