"""What the question `door` needs: a load, a server that checks nothing, a running `serve`."""
