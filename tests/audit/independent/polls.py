"""What polls say: their types, what it takes to win, their ballots, and the count (§8, appendix A)."""

from fractions import Fraction
from types import SimpleNamespace as Record

from .canonical import field, sha256
from .fault import Malformed

WINNER, NO_QUORUM, NO_SUPPORT, BELOW, BELOW_FLOOR = range(5)


def rule(decoder):
    """The type of a poll and its numbers."""
    kind = decoder.u8()
    numbers = {
        0: lambda: ("single choice",),
        1: lambda: ("approval", decoder.u8(), decoder.u8()),
        2: lambda: ("instant runoff",),
        3: lambda: ("schulze",),
        4: lambda: ("score", decoder.u8()),
        5: lambda: ("quadratic", decoder.u32()),
    }
    if kind not in numbers:
        raise Malformed("not a rule")
    return numbers[kind]()


def share_of(decoder):
    """An exact share, above 0 and at most 1."""
    numerator, denominator = decoder.u32(), decoder.u32()
    if not 0 < numerator <= denominator or Fraction(numerator, denominator).denominator != denominator:
        raise Malformed("not a share in lowest terms")
    return Fraction(numerator, denominator)


def decision(decoder):
    """Quorum, threshold and the rule for ties."""
    quorum, bound, share = decoder.u32(), decoder.u8(), None
    if bound > 2:
        raise Malformed("not a threshold")
    if bound:
        share = share_of(decoder)
    ties = decoder.u8()
    if ties > 1:
        raise Malformed("not a rule for ties")
    return Record(quorum=quorum, bound=bound, share=share, by_lot=ties == 0)


def is_valid(rule_, decision_, options):
    """Whether the numbers of a type are within bounds, and the threshold can be met."""
    within = {
        "approval": lambda low, high: low <= high and 1 <= high <= options,
        "score": lambda most: 1 <= most <= 100,
        "quadratic": lambda credits: 1 <= credits <= 1_000_000,
    }
    kind, *numbers = rule_
    return within.get(kind, lambda: True)(*numbers) and not (decision_.bound == 2 and decision_.share == 1)


def choice(body, rule_, options):
    """What a ballot says: None if nothing, "abstain", or what it gives: a list of places, or a number for every option."""
    if body == b"\x00":
        return "abstain"
    if body[:1] != b"\x01":
        return None
    rest, (kind, *numbers) = list(body[1:]), rule_
    different = len(set(rest)) == len(rest) and all(place < options for place in rest)
    if kind == "single choice":
        return rest if different and len(rest) == 1 else None
    if kind == "approval":
        return rest if different and rest == sorted(rest) and numbers[0] <= len(rest) <= numbers[1] else None
    if kind in ("instant runoff", "schulze"):
        return rest if different and rest else None
    if kind == "score":
        return rest if len(rest) == options and max(rest) <= numbers[0] else None
    votes = [256 * high + low for high, low in zip(rest[::2], rest[1::2])]
    spent = sum(number * number for number in votes)
    return votes if len(rest) == 2 * options and spent <= numbers[0] else None


def longest(rule_, options):
    """Bytes of the longest choice that a definition allows."""
    kind, *numbers = rule_
    places = {"single choice": 1, "approval": numbers[-1] if numbers else 0, "quadratic": 2 * options}
    return 1 + places.get(kind, options)


def tie_order(decision_, scope, options):
    """The places of options in the order in which they go before each other."""
    key = (lambda place: sha256(b"AIQ/v1/tie", field(scope), bytes([place]))) if decision_.by_lot else int
    return sorted(range(options), key=key)


def sums(ballots, options, is_places):
    return [sum(ballot.count(place) if is_places else ballot[place] for ballot in ballots) for place in range(options)]


def runoff(ballots, options, order):
    """The last two options and their votes."""
    left = list(order)
    while True:
        firsts = [next((place for place in ballot if place in left), None) for ballot in ballots]
        votes = {place: firsts.count(place) for place in left}
        if len(left) <= 2:
            return votes
        left.remove(min(reversed(left), key=votes.get))


def schulze(ballots, options):
    """Who is preferred to whom how often, and the options that no other has a stronger path to than back."""
    places = range(options)
    ranks = [{place: rank for rank, place in enumerate(ballot)} for ballot in ballots]
    prefer = [[sum(rank.get(i, options) < rank.get(j, options) for rank in ranks) for j in places] for i in places]
    path = [[prefer[i][j] if prefer[i][j] > prefer[j][i] else 0 for j in places] for i in places]
    for k in places:
        for i in places:
            for j in places:
                if i != j:
                    path[i][j] = max(path[i][j], min(path[i][k], path[k][j]))
    return prefer, [i for i in places if all(path[i][j] >= path[j][i] for j in places if i != j)]


def lead(rule_, numbers, ballots, order):
    """(option, whether it is tied, its support, of how much), or None if no ballot supports any."""
    options, kind = len(order), rule_[0]
    if kind == "schulze":
        prefer, best = schulze(ballots, options)
        first = next(place for place in order if place in best)
        support = min(prefer[first][other] for other in range(options) if other != first)
        return (first, len(best) > 1, support, len(ballots)) if ballots else None
    votes = runoff(ballots, options, order) if kind == "instant runoff" else dict(enumerate(numbers))
    most = max(votes.values())
    best = [place for place in order if votes.get(place) == most]
    whole = {"score": lambda: rule_[1] * len(ballots), "quadratic": lambda: sum(numbers)}.get(kind, lambda: len(ballots))
    return (best[0], len(best) > 1, most, whole()) if most else None


def count(poll, scope, bodies, joined):
    """The tally, as entries.tally reads one, from the last body of each voter."""
    options = len(poll.options)
    choices = [choice(body, poll.rule, options) for body in bodies]
    spoiled, abstain = choices.count(None), choices.count("abstain")
    ballots = [said for said in choices if isinstance(said, list)]
    kind = poll.rule[0]
    if kind in ("instant runoff", "schulze"):
        numbers = sums([ballot[:1] for ballot in ballots], options, True)
    else:
        numbers = sums(ballots, options, kind in ("single choice", "approval"))
    first = lead(poll.rule, numbers, ballots, tie_order(poll.decision, scope, options))
    outcome = result(poll.decision, len(choices) - spoiled, first)
    return (numbers, abstain, spoiled, joined, len(choices), outcome)


def below_floor(poll, joined, voted):
    """The tally of a sealed poll that nobody opens."""
    return ([0] * len(poll.options), 0, 0, joined, voted, (BELOW_FLOOR, None))


def result(decision_, valid, first):
    """(what came out, the lead if that says something)."""
    if valid < decision_.quorum:
        return (NO_QUORUM, None)
    if first is None:
        return (NO_SUPPORT, None)
    _, _, support, whole = first
    share = Fraction(support, whole)
    met = {0: lambda: True, 1: lambda: share >= decision_.share, 2: lambda: share > decision_.share}[decision_.bound]()
    return (WINNER if met else BELOW, first)
