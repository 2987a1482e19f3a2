import os

from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True, max_examples=30)  # speed is for the benchmarks
settings.register_profile("thorough", settings.get_profile("house"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))
