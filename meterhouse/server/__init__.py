"""`meterhouse serve`: events in over HTTP, published marts out. Needs the extra `serve`.

supervisor.py  the parent: holds the listening socket, restarts whoever dies
worker.py      the server's process: uvicorn with the routes of app.py
lander.py      the process that lands sealed segments, once a minute
app.py         the application; each module of routes gives a list, and worker.py names them
"""
