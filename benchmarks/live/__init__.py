"""What the question `live` needs: a steady load, and when its events are in what people read."""
