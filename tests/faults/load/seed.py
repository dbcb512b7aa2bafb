"""The seed of a random run: ZABRA_SEED of the environment, or a new one; printed, so that a failure can be sought
again."""

import os
import random


def seed():
    given = os.environ.get("ZABRA_SEED")
    value = int(given, 0) if given else random.SystemRandom().getrandbits(32)
    print(f"ZABRA_SEED={value}", flush=True)
    return value
