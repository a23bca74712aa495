"""One module or package a panel; they do not import each other."""
