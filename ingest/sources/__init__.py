"""One file per kind of source: its Config on top, and a pure `parse(bytes, options)` that runs in the sandbox."""
