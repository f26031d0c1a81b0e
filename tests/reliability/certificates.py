"""A test's own certificate authority, and a server certificate that it has signed."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import run


@dataclass(frozen=True)
class Certificates:
    """Certificate and key files of a server, and the authority for its clients to trust."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path, account: dict[str, Any], name: str) -> Certificates:
    """Create an authority and a server certificate, with files that the account owns.

    The name is the certificate's subject alternative name, such as ``DNS:localhost``.
    """
    openssl = shutil.which("openssl")
    assert openssl, "no openssl on the PATH"
    new = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    files = {name: folder / f"{name}.pem" for name in ("authority", "authority-key", "own", "key")}
    authority = ["-keyout", str(files["authority-key"]), "-out", str(files["authority"])]
    run([*new, *authority, "-subj", "/CN=authority"], folder, account)
    own = ["-keyout", str(files["key"]), "-out", str(files["own"])]
    signer = ["-CA", str(files["authority"]), "-CAkey", str(files["authority-key"])]
    named = ["-subj", "/CN=server", "-addext", f"subjectAltName={name}"]
    plain = ["-addext", "basicConstraints=critical,CA:FALSE"]
    run([*new, *own, *signer, *named, *plain], folder, account)
    return Certificates(files["authority"], files["own"], files["key"])
