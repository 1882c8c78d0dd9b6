"""An authority that signs certificates for a test, and files that hold them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from strangler.model.tls import ServerTls, UpstreamTls
from strangler_gateway.process.certificates import Certificates
from tests.gateway.conformance.faces import Tls


@dataclass
class Authority:
    """Writes what it signs into a folder."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    @property
    def file(self) -> Path:
        """The file with its own certificate."""
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path

    def issue(self, *names: str) -> ServerTls:
        """Write a certificate for some names, in the place of the last one."""
        tls = ServerTls(self.folder / "certificate.pem", self.folder / "key.pem")
        issued = self.ca.issue_cert(*(names or ("127.0.0.1",)))
        tls.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(tls.key)
        return tls

    def server(self, *names: str) -> ssl.SSLContext:
        """Return what a server shows that is called so."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued = self.ca.issue_cert(*(names or ("127.0.0.1",)))
        with issued.private_key_and_cert_chain_pem.tempfile() as file:
            context.load_cert_chain(file)
        return context

    def client(self) -> ssl.SSLContext:
        """Return what trusts this authority alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.ca.cert_pem.bytes().decode())
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context

    def both_sides(self) -> Tls:
        """Return TLS for a whole way through a gateway."""
        expected = UpstreamTls(ca=self.file.name, folder=self.folder)
        return Tls(self.server(), expected, Certificates(self.issue()), self.client())
