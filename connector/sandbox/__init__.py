"""A HubSpot look-alike on loopback: to try, to rehearse and to test without an account.

It speaks HubSpot's API over real HTTP, refuses what HubSpot refuses, keeps its portal in memory and
has switches for faults. It imports nothing of the rest of the house.
"""

from connector.sandbox.faults import Fault
from connector.sandbox.gate import DEFAULT_SCOPES
from connector.sandbox.limits import Limits
from connector.sandbox.portal import Portal
from connector.sandbox.server import Sandbox

__all__ = ["DEFAULT_SCOPES", "Fault", "Limits", "Portal", "Sandbox"]
