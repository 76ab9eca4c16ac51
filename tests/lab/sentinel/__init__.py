"""A stand-in for Microsoft Sentinel's hunting side: the authority, Log Analytics queries, tables and search jobs.

Comments and tables cite `platforms.md` by its section and source key ([M3] ...); (docs) is Microsoft's own reference, (seen)
a public report that quotes the service's words, (mem) is from memory, (lab) is our choice where nothing was found.
"""
