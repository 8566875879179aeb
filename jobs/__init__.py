"""What runs and when: pull, compute, write back, on a schedule."""
