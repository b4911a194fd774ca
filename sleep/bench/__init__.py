"""The benchmarks of the sleep method: arms that learn the same, as long, and sit the same exam."""
