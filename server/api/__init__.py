"""Who may call, what comes in, one service call, what goes out."""

from flask_smorest import Blueprint

from server.api.strict_json import StrictParser

# Before any blueprint is declared: `arguments` reads JSON strictly, and unpacked.
Blueprint.ARGUMENTS_PARSER = StrictParser()
