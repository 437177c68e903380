"""What would these events cost? Asked over HTTP, answered by a process of its own, one at a time.

`routes` the endpoints · `ask` the queue and the process · `process` what runs in it
"""
