"""Errors as a visitor meets them: the sentence of an `MvaeError`, and nothing in it that a browser would obey."""

import functools
import html
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from mvae import MvaeError

P = ParamSpec("P")
T = TypeVar("T")


def in_sentences(action: Callable[P, T]) -> Callable[P, T]:
    """The same function, whose `MvaeError`s become Gradio's, with any HTML in them escaped."""

    @functools.wraps(action)
    def speaking(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return action(*args, **kwargs)
        except MvaeError as error:
            raise gr.Error(html.escape(str(error), quote=False), print_exception=False) from error

    return speaking
