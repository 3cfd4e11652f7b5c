"""``python -m designer``: opens the window."""

import sys

from designer.app import main

sys.exit(main(sys.argv[1:]))
