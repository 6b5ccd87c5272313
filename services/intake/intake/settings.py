"""The settings of intake."""

from kit.settings import JsonList, JsonObject, ServiceSettings
from pydantic import Field
from web.settings import SignIn


class Settings(ServiceSettings, SignIn):
    """The settings of every service, and intake's own."""

    port: int = 8101
    agencies_seed: JsonList = "[]"
    """Agencies to register at start: a JSON list of `{agency_id, source_unit, key_sha256, counties}`, or its path."""
    body_bytes: int = Field(default=256 * 1024, ge=1024)
    rate_limit: str = "60000/minute"
    """Requests of one agency to one process, as the `limits` library writes them."""
    rate_limits: JsonObject = '{"batches": "3000/minute"}'
    """Limits for kinds of requests, beside it: a JSON object of `reports`, `batches`, `reads`, `others`."""
    oidc_issuers: JsonList = "[]"
    """OpenID providers whose tokens work like keys: list of `{issuer, audience, jwks_url | jwks, claim, scopes}`."""
    most_waiting: int = Field(default=5_000, ge=1)
    """Reports that may wait for the database; beyond it the answer is 503 at once."""
    count_seconds: float = Field(default=2.0, gt=0)
    late_seconds: float = Field(default=60.0, gt=0)
    """Age from which a report that nobody decided or took up for review is named in the counts."""
    webhook_networks: JsonList = "[]"
    """Networks (JSON list of CIDRs) that webhooks may reach beside the public internet, there also by plain http."""
    webhook_ports: JsonList = "[443]"
    """Ports (JSON list) at which webhooks may reach the public internet."""
    listen_seconds: float = Field(default=60.0, gt=0)
    """How often silent senders are looked for."""
    heard_seconds: float = Field(default=180.0, gt=0)
    """How often dispatch is told who is silent, when nothing changed."""
    gap_seconds: float = Field(default=300.0, gt=0)
    """Age from which a gap in a sender's numbers is open: younger ones are reports out of order."""
