"""What is wrong, and where."""

CODES = """
    version format truncated manifest verifying_key
    order entry_hash entry opening genesis deployment_id manifest_digest checkpoint cosignature size inclusion foreign founding
    domain menu menu_removal charter standard grant
    repeated_member withdrawal_key no_invitation unknown_member repeated_withdrawal withdrawal_signature
    epoch epoch_members epoch_credentials
    poll_definition repeated_poll poll_roots poll_eligibility poll_key
    ceremony unknown_ceremony ceremony_round trustee repeated_package ceremony_package ceremony_signature
    ceremony_confirmation ceremony_complaint
    poll_enactment poll_sealing proposal poll_withdrawal_place poll_withdrawal poll_withdrawal_signature
    share_place repeated_share share reason_place reason
    unknown_poll outside_times presentation ballot_key repeated_join too_many_joins proof
    not_joined sequence ballot_signature close opening_missing tally_place tally_signature tally
    stale_epoch claim repeated_claim unknown_claim claim_standard claim_eligibility claim_key renewal tag work limit
    repeated_nullifier ruling_place ruling consequence dispute dispute_place dispute_poll sponsorship merge spent
    trailing root poll_missing claim_missing
""".split()


class Fault(Exception):
    """The first rule that is broken: the entry's place or None, the code of docs/bundle.md, and words for people."""

    def __init__(self, index, code, message=""):
        assert code in CODES, code
        super().__init__(f"{code} at {index}: {message}")
        self.index, self.code, self.message = index, code, message


class Malformed(Exception):
    """Bytes or a text that are not what they should be."""


def rule(holds, index, code, message=""):
    if not holds:
        raise Fault(index, code, message)
