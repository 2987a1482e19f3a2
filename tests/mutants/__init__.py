"""Mutation testing: change one thing in the code, run the tests that cover it, and report what no test notices."""
