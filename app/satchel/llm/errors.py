"""What can go wrong between us and a model.

The branch is `ProviderError`: the model's service is to blame or to be asked.

    ProviderError
    +-- AuthError                 the key is missing, wrong or not allowed this model
    +-- RateLimitedError          too many requests; `retry_after` seconds when the service said so
    +-- OverloadedError           the service cannot answer now
    +-- ContextLengthError        the conversation is longer than the model can take
    +-- ProviderProtocolError     the service answered something that is not its own format
    +-- TransportError            no answer: no network, a blocked origin, a connection cut
"""

from __future__ import annotations

from typing import ClassVar

from satchel.base.errors import SatchelError


class ProviderError(SatchelError):
    """A step of the model failed. Raised as itself only where no leaf fits."""

    stable_code: ClassVar[str] = "provider.failed"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(self.stable_code, message, remedy)


class AuthError(ProviderError):
    """The service refused the key."""

    stable_code = "provider.auth"


class RateLimitedError(ProviderError):
    """Too many requests. `retry_after`: seconds to wait as the service said, or None."""

    stable_code = "provider.rate_limited"

    def __init__(self, message: str, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class OverloadedError(ProviderError):
    """The service cannot answer now."""

    stable_code = "provider.overloaded"


class ContextLengthError(ProviderError):
    """The conversation is longer than the model can take."""

    stable_code = "provider.context_length"


class ProviderProtocolError(ProviderError):
    """The stream broke its own rules, for example by ending without saying so."""

    stable_code = "provider.protocol"


class TransportError(ProviderError):
    """No answer arrived."""

    stable_code = "provider.transport"
