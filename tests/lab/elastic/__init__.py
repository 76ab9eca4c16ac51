"""A stand-in for Elasticsearch 8.19 and 9.x: its wire format and its defaults, over our own EQL engine.

Comments and tables cite `platforms.md` by its section and source key ([E1] ...); (docs) is Elastic's own reference,
(mem) is from memory, (lab) is our choice where nothing was found.
"""
