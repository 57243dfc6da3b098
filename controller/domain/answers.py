"""Short ways to say yes and no to a request."""

from controller.domain.decision import Answer, Decision
from controller.domain.requests import Asked


def accepted(asked: Asked, **detail: str) -> Answer:
    """Yes."""
    return Answer(request_id=asked.request_id, accepted=True, code="accepted", detail=detail)


def refused(asked: Asked, code: str, **detail: str) -> Decision:
    """No, and why."""
    answer = Answer(request_id=asked.request_id, accepted=False, code=code, detail=detail)
    return Decision(answers=(answer,))
