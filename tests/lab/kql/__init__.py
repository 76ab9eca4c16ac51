"""KQL in the lab: two engines that run it, Microsoft's own parser that judges it, and what each is known not to do."""
