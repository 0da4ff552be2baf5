"""Who may do what: requests for a capability, policy, grants and the gate that decides."""
