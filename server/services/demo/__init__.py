"""The demo company: invented, generated, the same for the same seed and week."""

from server.services.demo.founding import (
    FULL_SIZE,
    PASSWORD,
    DemoSignIn,
    DemoSize,
    create_demo,
    find_demo_sign_ins,
)

__all__ = ["FULL_SIZE", "PASSWORD", "DemoSignIn", "DemoSize", "create_demo", "find_demo_sign_ins"]
