"""What all pages share: how numbers and days are written, the frame of a page, style and charts.

words.py        numbers, days and names as people read them
environment.py  Jinja over the templates of a folder and the shared ones; everything is escaped
static.py       style, scripts and their licences, which lie beside every page
policy.py       headers that let a page load and run what is ours alone
"""
