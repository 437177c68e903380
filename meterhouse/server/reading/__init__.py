"""What the published marts say, as the official SDK of the hosted product reads it.

Every answer is made from one publication and never from the warehouse, which a run may be writing.
Nothing here changes anything.
"""
