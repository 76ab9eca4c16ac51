"""A stand-in for Microsoft Sentinel: the authority, Log Analytics queries, tables, search jobs, rules, watchlists.

Comments and tables cite `platforms.md` by its section and source key ([M3] ...); (docs) is Microsoft's own reference, (seen)
a public report that quotes the service's words, (mem) is from memory, (lab) is our choice where nothing was found.
"""
