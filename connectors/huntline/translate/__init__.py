"""What a SIEM platform is made of when it compiles: sources, pipelines, the loss law, and texts that say more or the same."""
