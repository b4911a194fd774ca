"""The night: memories into lessons, lessons into experts, experts into the next generation."""
