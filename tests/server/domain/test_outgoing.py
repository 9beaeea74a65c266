"""Which addresses the server may call."""

import pytest

from server.domain.errors import DomainError
from server.domain.outgoing import Target, is_public, target_of


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://maps.example.com/search?q=1", Target("https", "maps.example.com", 443, "/search?q=1")),
        ("https://MAPS.example.com.", Target("https", "maps.example.com", 443, "/")),
        ("https://maps.example.com:443/", Target("https", "maps.example.com", 443, "/")),
        ("https://8.8.8.8/dns", Target("https", "8.8.8.8", 443, "/dns")),
        ("https://[2001:4860:4860::8888]/", Target("https", "2001:4860:4860::8888", 443, "/")),
    ],
)
def test_an_ordinary_address_may_be_called(url: str, target: Target) -> None:
    assert target_of(url) == target


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://maps.example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://maps.example.com/", "scheme"),
        ("//maps.example.com/", "scheme"),
        ("https://user:word@maps.example.com/", "credentials"),
        ("https://maps.example.com:22/", "port"),
        ("https://maps.example.com:99999/", "format"),
        ("https:///nowhere", "host"),
        ("https://maps_example/", "host"),
        ("https://exa mple.com/", "format"),
        ("https://example.com\\@127.0.0.1/", "format"),
        ("https://example.com/\r\nHost: other", "format"),
        ("https://例子.cn/", "format"),
        ("https://maps.example.com/" + "a" * 2_000, "too_long"),
    ],
)
def test_an_address_that_hides_something_may_not(url: str, rule: str) -> None:
    with pytest.raises(DomainError) as refused:
        target_of(url)
    assert (refused.value.field, refused.value.rule) == ("url", rule)


def test_a_host_of_the_companys_own_may_be_called_as_it_is_named_and_no_other_way() -> None:
    assert target_of("http://roads.lan:5000/table", ["roads.lan:5000"]).port == 5000
    for url in ("http://roads.lan/table", "http://roads.lan:5001/table", "http://other.lan:5000/"):
        with pytest.raises(DomainError):
            target_of(url, ["roads.lan:5000"])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # where clouds tell a machine its secrets
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2130706433",  # 127.0.0.1 in one number
        "0x7f000001",
        "017700000001",
        "localhost",
        "",
    ],
)
def test_addresses_inside_a_house_and_in_disguise_are_not(address: str) -> None:
    assert not is_public(address)
