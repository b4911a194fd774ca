"""The command line: one module per group of commands, `main` ties them together.

Nothing heavy is imported at the top of these modules, so that `reverie --help` is instant; a
command imports what it needs when it runs. stdout is data, stderr is narration.
"""
