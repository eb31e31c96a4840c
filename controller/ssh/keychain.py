"""Private keys, decrypted once: a passphrase costs a tenth of a second, and a fleet often shares one key."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import asyncssh

from controller.ssh.errors import AuthFailed
from controller.ssh.target import PrivateKey

KEPT = 64


class Keychain:
    """The keys used last."""

    def __init__(self) -> None:
        self._keys: OrderedDict[PrivateKey, asyncssh.SSHKey] = OrderedDict()

    async def key(self, login: PrivateKey) -> asyncssh.SSHKey:
        """The key ready for use. Raises AuthFailed (code "key_unusable") for a wrong passphrase or form."""
        if login in self._keys:
            self._keys.move_to_end(login)
            return self._keys[login]
        key = await asyncio.to_thread(parse, login)  # the key derivation is CPU work that lets go of the interpreter
        self._keys[login] = key
        while len(self._keys) > KEPT:
            self._keys.popitem(last=False)
        return key


def parse(login: PrivateKey) -> asyncssh.SSHKey:
    """Read a private key in OpenSSH, PEM or PKCS#8 form. Raises AuthFailed (code "key_unusable")."""
    passphrase = login.passphrase.reveal() if login.passphrase else None
    try:
        return asyncssh.import_private_key(login.secret.reveal(), passphrase)
    except asyncssh.KeyEncryptionError:
        sentence = "The passphrase does not open the private key. Enter the right one."
        if not passphrase:
            sentence = "The private key has a passphrase. Enter it with the key."
    except (asyncssh.KeyImportError, ValueError, UnicodeDecodeError) as error:
        if passphrase is None and "assphrase" in str(error):
            sentence = "The private key has a passphrase. Enter it with the key."
        else:
            sentence = (
                "This is no private key in OpenSSH, PEM or PKCS#8 form. Paste the whole file with first and last line."
            )
    raise AuthFailed(sentence, code="key_unusable", tried=False)
