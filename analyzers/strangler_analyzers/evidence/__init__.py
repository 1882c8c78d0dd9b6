"""What logs and recorded runs say of a system, beside what its source says."""
