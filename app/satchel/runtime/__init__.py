"""What tools and shells run programs with: processes, the search for commands, and what each may do."""
