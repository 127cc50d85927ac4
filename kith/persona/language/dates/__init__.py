"""Time phrases in what people write, resolved against the time at which it was said."""

from kith.persona.language.dates.birthdays import day_of_year
from kith.persona.language.dates.times import Period, Times, times_in

__all__ = ["Period", "Times", "day_of_year", "times_in"]
