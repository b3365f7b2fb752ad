"""What every page stands in: the frame, the address and the session, who looks at it, messages, shared caches."""
