import gc
import os

from hypothesis import Phase, settings

settings.register_profile("house", deadline=None, print_blob=True, max_examples=30)  # speed is for the benchmarks
settings.register_profile("thorough", settings.get_profile("house"), max_examples=500)
settings.register_profile(  # a changed line needs one example that fails, the same in every run, and not the smallest
    "mutants", settings.get_profile("house"), derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("mutants-map", settings.get_profile("mutants"), max_examples=5)  # to see which lines it runs
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_collection_finish() -> None:
    """What is imported and collected lives as long as the run: a twentieth of it went into looking whether it does."""
    gc.collect()
    gc.freeze()
