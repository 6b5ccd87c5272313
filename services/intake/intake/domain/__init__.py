"""What intake decides, without clock, network or framework: flags, duties, serials, status."""
