"""A Redis server as a URL names it."""

from pathlib import Path

import pytest

from kith.persona.errors import BadInput
from kith.stores.redis_url import RedisPlace, read_redis_url

PASSWORD = "secret"  # noqa: S105 - of nobody


def test_what_a_url_says(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    checked: dict[str, object] = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    told = {
        "redis://there": RedisPlace("redis", "redis://there:6379", host="there"),
        "redis://:se%63ret@there:7000/3?prefix=ours&timeout=0.2": RedisPlace(
            "redis",
            "redis://there:7000",
            host="there",
            port=7000,
            database=3,
            password=PASSWORD,
            prefix="ours",
            timeout=0.2,
        ),
        "rediss://kith:secret@[::1]/": RedisPlace(
            "rediss", "rediss://[::1]:6379", host="::1", user="kith", password=PASSWORD, tls=checked
        ),
        f"rediss://there?ssl_ca_certs={authority}&ssl_check_hostname=false": RedisPlace(
            "rediss",
            "rediss://there:6379",
            host="there",
            tls={**checked, "ssl_ca_certs": str(authority), "ssl_check_hostname": False},
        ),
        "unix://kith:secret@/run/redis.sock?db=2": RedisPlace(
            "unix", "unix:///run/redis.sock", socket="/run/redis.sock", database=2, user="kith", password=PASSWORD
        ),
    }
    assert {url: read_redis_url(url) for url in told} == told
    assert "secret" not in repr(list(told.values()))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("memcached://:secret@there", "begins with 'memcached'"),
        ("redis://:secret@there:port", "cannot be read"),
        ("redis://:secret@there:99999", "cannot be read"),
        ("redis://:secret@[there", "cannot be read"),
        ("redis://:secret@/0", "names no host"),
        ("unix://kith:secret@", "names no socket"),
        ("redis://:secret@there/nought", "must name its database by a number"),
        ("redis://:secret@there/²", "must name its database by a number"),
        ("unix://:secret@/there?db=x", "must name its database by a number"),
        ("redis://:secret@there?db=1", "has an option 'db' that means nothing there"),
        ("redis://:secret@there?ssl_ca_certs=ca.pem", "has an option 'ssl_ca_certs' that means nothing there"),
        ("rediss://:secret@there?ssl_ca_certs=/nowhere/ca.pem", "ssl_ca_certs='/nowhere/ca.pem' .* is no file"),
        ("rediss://:secret@there?ssl_cert_reqs=perhaps", "has ssl_cert_reqs='perhaps', which cannot be used"),
        ("redis://:secret@there?prefix=*", r"has prefix='\*', which cannot be used"),
        ("redis://:secret@there?prefix=", "has prefix='', which cannot be used"),
        ("redis://:secret@there?timeout=soon", "timeout='soon' .* must be seconds, over 0 and up to 60"),
        ("redis://:secret@there?timeout=nan", "must be seconds, over 0 and up to 60"),
        ("redis://:secret@there?timeout=0", "must be seconds, over 0 and up to 60"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_the_password(url: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as raised:
        read_redis_url(url)
    assert "secret" not in str(raised.value)
