"""A stand-in for Splunk Enterprise 9.2's REST interface: its wire format and its defaults, over our own SPL engine.

Comments cite `platforms.md` by its section and source key ([S1] ...), the SDK's code as [L1]; (docs) is Splunk's own
reference (docs.splunk.com RESTREF, help.splunk.com), (seen) an answer of a real server that a public test holds, (mem) is from
memory, (inf) inferred, (lab) our choice where nothing was found.
"""
