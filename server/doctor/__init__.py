"""`huishang doctor`: names the fault and the cure before people meet it."""

from server.doctor.finding import Finding, Level
from server.doctor.run import examine, report

__all__ = ["Finding", "Level", "examine", "report"]
