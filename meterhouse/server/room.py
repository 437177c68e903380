"""Room that all share: memory for bodies, requests at work."""


class Room:
    """So much of something, of which no holder has more than is left for all others together.

    One that takes all it can get has half of it, two a third each; whoever comes next finds as much
    free as each of them has. So nobody is kept out by others who only hold.
    """

    def __init__(self, most: int):
        self.most, self.taken = most, 0
        self._held: dict[str, int] = {}

    def take(self, holder: str, size: int) -> bool:
        """Take so much, until it is given back; False, and nothing is taken, if it is too much."""
        held = self._held.get(holder, 0) + size
        taken = self.taken + size
        if held > self.most - taken:
            return False
        self._held[holder], self.taken = held, taken
        return True

    def give_back(self, holder: str, size: int) -> None:
        """It is not held any more."""
        left = self._held.get(holder, 0) - size
        self.taken -= size
        if left:
            self._held[holder] = left
        else:
            self._held.pop(holder, None)
