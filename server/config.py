"""Settings, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Everything the server can be told from outside. All have working defaults."""

    # One folder holds all state: database, photos, secret, logs.
    data: Path
    database_url: str
    secret_key: str = field(repr=False)
    # The key ring's file, or the whole ring as JSON; neither: keys/keyring.json below the data folder.
    keyring: Path | None = None
    keyring_json: str = field(default="", repr=False)
    # An instant at which the server's clock starts (tests, demonstrations); None: the real time.
    clock: datetime | None = None
    # Folder of the built front end.
    pwa: Path = Path(__file__).resolve().parent.parent / "pwa" / "dist"
    # nominatim | baidu | …: a geopy geocoder's name; empty: none.
    geocoder: str = ""
    geocoder_key: str = ""
    # Hosts of the company's own that the server may call though their addresses are private: names, or name:port.
    inside_hosts: frozenset[str] = frozenset()
    # Number of trusted reverse proxies in front.
    proxies: int = 0
    # later: the first device of a person approves itself, others wait for a supervisor or administrator;
    # every: all wait; none: none does.
    device_approval: str = "later"
    # The name that passkeys are bound to, and the address at which browsers see the house; empty: as the request says.
    rp_id: str = ""
    origin: str = ""
    # Jobs: worker threads of the server's own process (0: none, `flask jobs run` works elsewhere), the Redis that
    # carries the word (empty: a file in the data folder), and how long a worker may be silent before its job goes on.
    job_workers: int = 1
    redis_url: str = field(default="", repr=False)
    jobs_silent_s: int = 30
    # The map's ground: a MapLibre style, tiles ({z}/{x}/{y}) or a PMTiles file by URL; how it counts (wgs84 | gcj02),
    # and whose it is.
    map_style: str = ""
    map_tiles: str = ""
    map_pmtiles: str = ""
    map_datum: str = "wgs84"
    map_words: str = ""
    # Further hosts that a style names (https://tiles.example.com).
    map_hosts: frozenset[str] = frozenset()
    # A file that the time service touches at each synchronisation; empty: the kernel is asked.
    time_sync: str = ""
    # Who a push service may turn to about what this house sends: a mailto: or https: address; empty: the house's own.
    push_contact: str = ""
    testing: bool = False

    @property
    def is_https(self) -> bool:
        """Whether browsers are known to reach the house over HTTPS only."""
        return self.origin.startswith("https://")

    @staticmethod
    def from_environment(environ: Mapping[str, str] = os.environ) -> "Settings":
        data = Path(environ.get("ROUTEBOOK_DATA", "instance")).resolve()
        data.mkdir(parents=True, exist_ok=True)
        clock = environ.get("ROUTEBOOK_CLOCK", "")
        return Settings(
            data=data,
            database_url=environ.get("ROUTEBOOK_DATABASE_URL") or f"sqlite:///{data / 'routebook.sqlite3'}",
            secret_key=_secret(data),
            keyring=Path(environ["ROUTEBOOK_KEYRING"]).resolve()
            if environ.get("ROUTEBOOK_KEYRING")
            else None,
            keyring_json=environ.get("ROUTEBOOK_KEYRING_JSON", ""),
            clock=datetime.fromisoformat(clock) if clock else None,
            pwa=Path(environ.get("ROUTEBOOK_PWA") or Settings.pwa).resolve(),
            geocoder=environ.get("ROUTEBOOK_GEOCODER", ""),
            geocoder_key=environ.get("ROUTEBOOK_GEOCODER_KEY", ""),
            inside_hosts=frozenset(environ.get("ROUTEBOOK_INSIDE_HOSTS", "").lower().split()),
            time_sync=environ.get("ROUTEBOOK_TIME_SYNC", ""),
            proxies=int(environ.get("ROUTEBOOK_PROXIES", "0")),
            device_approval=_device_approval(environ.get("ROUTEBOOK_DEVICE_APPROVAL", "later")),
            rp_id=environ.get("ROUTEBOOK_RP_ID", ""),
            origin=environ.get("ROUTEBOOK_ORIGIN", "").rstrip("/"),
            job_workers=int(environ.get("ROUTEBOOK_JOB_WORKERS", "1")),
            redis_url=environ.get("ROUTEBOOK_REDIS_URL", ""),
            jobs_silent_s=int(environ.get("ROUTEBOOK_JOBS_SILENT_S", "30")),
            map_style=environ.get("ROUTEBOOK_MAP_STYLE", ""),
            map_tiles=environ.get("ROUTEBOOK_MAP_TILES", ""),
            map_pmtiles=environ.get("ROUTEBOOK_MAP_PMTILES", ""),
            map_datum=_one_of(
                "ROUTEBOOK_MAP_DATUM", environ.get("ROUTEBOOK_MAP_DATUM", "wgs84"), "wgs84", "gcj02"
            ),
            map_words=environ.get("ROUTEBOOK_MAP_ATTRIBUTION", ""),
            push_contact=environ.get("ROUTEBOOK_PUSH_CONTACT", ""),
            map_hosts=frozenset(environ.get("ROUTEBOOK_MAP_HOSTS", "").split()),
        )


def _device_approval(word: str) -> str:
    if word not in ("later", "every", "none"):
        raise ValueError("ROUTEBOOK_DEVICE_APPROVAL must be later, every or none")
    return word


def _one_of(name: str, word: str, *allowed: str) -> str:
    if word not in allowed:
        raise ValueError(f"{name} must be {' or '.join(allowed)}")
    return word


def _secret(data: Path) -> str:
    """The key that signs cookies: made once, readable by the owner only."""
    path = data / "secret_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(32).hex())
    return path.read_text().strip()
