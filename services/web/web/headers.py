"""With which headers pages are sent, the same in every service."""

from kit.problems import NO_STORE

SCRIPT = ("script-src 'self'", "connect-src 'self'")
TRUSTED_TYPES = "require-trusted-types-for 'script'"
"""For pages whose script never writes HTML."""


def headers(*directives: str, style: str = "'self'", form_action: str = "'self'") -> dict[str, str]:
    """The headers of a page that loads nothing from elsewhere; `directives` are what else its policy says.

    `form_action="'none'"` is for forms that a script sends: without it no browser puts what was filled in into an
    address.
    """
    policy = (
        "default-src 'none'", f"style-src {style}", "img-src 'self'", f"form-action {form_action}", "base-uri 'none'",
        "frame-ancestors 'none'", *directives,
    )  # fmt: skip
    return NO_STORE | {
        "Content-Security-Policy": "; ".join(policy),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
