"""What every layer stands on: errors, ids, clock, cancellation, limits, JSON values. No domain nouns live
here.
"""
