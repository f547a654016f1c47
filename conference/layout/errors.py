"""The one refusal of this package."""

from conference.model.errors import Text, UserError


class InvalidLayout(UserError):
    code = "invalid-layout"
    text = Text(
        "画面布局不正确：窗口须在画布内且互不重叠。",
        "This layout is not valid: windows must lie inside the canvas and apart.",
    )
