"""`python -m mainsight.app`: the command line, for children that must run in the same interpreter."""

import sys

from mainsight.app.cli import main

sys.exit(main())
