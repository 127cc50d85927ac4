"""`python -m kith.cli` is `kith`."""

import sys

from kith.cli import main

sys.exit(main())
