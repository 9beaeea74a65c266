"""A real browser as a rep's phone or a desk, against a real server, both on one clock.

    house = House(folder)                       the server, its data and its clock; a working Monday morning
    with house.serving(), Chromium() as chromium:
        phone = chromium.phone(house, folder / "phone")        installed: what it keeps survives a kill
        phone.sign_in("rep1")
        house.stop()                            out of reach: nobody listens any more
        phone.kill_tab(); phone.kill(); phone.open("/today")
        house.start()                           the same port, data and time of day

Things on screen are found by role and name; the names come from the product's own texts (`Words`).
"""

from tests.browser.chromium import PHONE_SIZE, Chromium, launch_options
from tests.browser.house import ROOT, TIMEZONE, House, founded_house, working_monday
from tests.browser.inside import OPEN_ROWS, SHIFTED_CLOCK
from tests.browser.phone import PIN, Phone
from tests.browser.words import Words

__all__ = [
    "OPEN_ROWS",
    "PHONE_SIZE",
    "PIN",
    "ROOT",
    "SHIFTED_CLOCK",
    "TIMEZONE",
    "Chromium",
    "House",
    "Phone",
    "Words",
    "founded_house",
    "launch_options",
    "working_monday",
]
