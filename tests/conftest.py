from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)  # speed is for the benchmarks
settings.load_profile("house")
