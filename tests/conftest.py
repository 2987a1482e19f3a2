import gc
import os

from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True, max_examples=30)  # speed is for the benchmarks
settings.register_profile("thorough", settings.get_profile("house"), max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_collection_finish() -> None:
    """What is imported and collected lives as long as the run: a twentieth of it went into looking whether it does."""
    gc.collect()
    gc.freeze()
