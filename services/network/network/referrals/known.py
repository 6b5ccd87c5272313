"""Where referrals make people known: an entry that follows from the referral alone."""

from network.known.entry import Known, Named, data_keys, ids_of
from network.referrals.domain.referral import Referral
from network.services import catalogue


def of_referral(referral: Referral) -> Known:
    """A part of its case or report; of somebody who came in by themselves, under their own keys.

    What few may see of a case is known to the side that asks alone.
    """
    service = catalogue().services[referral.service]
    quiet = service.sealed or service.seen_by == "lead"
    named = Named(referral.keys, phones=referral.phones, sealed_by=data_keys(referral.person))
    parents = ids_of("case", [referral.case_id] if referral.case_id else [])
    parents += ids_of("report", [referral.report_id] if referral.report_id else [])
    return Known(
        "referral", referral.id, referral.county, referral.to, tuple(sorted({*referral.asking, referral.to})),
        referral.sent_at, referral.ended_at, referral.state, (named,) if referral.keys or referral.phones else (),
        within=(*ids_of("referral", [referral.id]), *parents), lists=() if quiet else (referral.service,),
        township=referral.township,
    )  # fmt: skip
