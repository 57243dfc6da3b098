"""What became of writing a tag, and what a person must do now, in plain words."""

from collections.abc import Mapping
from typing import Final

from api.screens.language import Language, mark
from controller.store.views_desks import WritingView

REASONS: Final[Mapping[str, str]] = {
    "no_answer": mark("the reader did not answer"),
    "reader_lost": mark("the reader was lost meanwhile"),
    "interrupted": mark("the controller was interrupted"),
    "expired": mark("the reader was too busy"),
    "epc_in_use": mark("another file was given that number meanwhile"),
    "read_back_differs": mark("the tag says something else than what was written"),
    "no_response_from_tag": mark("the tag did not answer"),
    "insufficient_power": mark("the tag gets too little power: lay it nearer"),
    "tag_memory_locked_error": mark("the tag is locked"),
    "tag_memory_overrun_error": mark("the number is too long for the tag"),
    "incorrect_password_error": mark("the tag wants another password"),
    "foreign_password": mark("the tag carries a password that is not this site's"),
    "access_password_must_not_be_zero": mark("the tag wants a password, and the site has none"),
    "tag_not_seen": mark("the tag was not there any more"),
    "another_tag_answered": mark("another tag answered: lay only one there"),
    "tag_other_error": mark("the tag refused and did not say why"),
    "nonspecific_tag_error": mark("the tag refused and did not say why"),
    "tag_cannot_do_that": mark("the tag cannot do that"),
    "tag_cannot_be_locked": mark("the tag cannot be locked"),
    "tag_is_locked_for_ever": mark("the tag is locked for ever"),
    "tag_is_read_protected": mark("the tag hides its memory"),
    "tag_is_not_read_protected": mark("the tag does not hide its memory"),
    "nonspecific_reader_error": mark("the reader failed and did not say why"),
    "answer_not_understood": mark("the reader's answer made no sense"),
    "link_lost": mark("the line to the reader broke"),
    "antenna_fault": mark("the reader's antenna is missing or broken"),
    "channel_busy": mark("the radio channel was busy: try again"),
    "bad_parameter": mark("the reader did not take the command"),
    "bad_command": mark("the reader does not know the command"),
    "reader_cannot_access_tags": mark("this reader can read numbers and nothing else"),
    "epc_too_long_for_reader": mark("the tag's number is too long for this reader"),
    "too_many_words_for_reader": mark("that is more than this reader writes at once"),
    "unknown": mark("nobody knows why"),
    "failed": mark("the reader gave up"),
    "refused": mark("the reader refused"),
}
"""Why a tag was not bound, by the controller's and the reader's own codes."""


def reason(t: Language, code: str) -> str:
    """A code as words; one that is not known as it is."""
    step, _, why = code.partition(":")
    if step == "not_locked":
        return t("the number could not be locked: %(why)s", why=reason(t, why))
    return t(REASONS[code]) if code in REASONS else code


def remains(t: Language, writing: WritingView) -> str:
    """What the tag of a failed writing carries now."""
    if not writing.carries:
        return t("Nobody knows what the tag carries now.")
    if writing.carries == writing.old_epc:
        return t("The tag carries its old number %(epc)s, as before.", epc=writing.carries)
    if writing.carries == writing.epc:
        return t("The tag carries the new number %(epc)s already.", epc=writing.carries)
    return t("The tag carries %(epc)s.", epc=writing.carries)


def remedy(t: Language, writing: WritingView) -> str:
    """What a person must do after a failed writing."""
    if writing.reason == "epc_in_use":
        return t("Bindings are as they were. Write another number into this tag.")
    if not writing.carries:
        return t(
            "Bindings are as they were. Do not use the tag yet: lay it alone on the desk, see"
            " what it carries, and write again."
        )
    if writing.carries == writing.epc:
        return t(
            "The number is not confirmed for the file. Keep the tag on the desk and write the"
            " same number again."
        )
    return t("Bindings are as they were. Lay the tag still and alone on the desk and write again.")
