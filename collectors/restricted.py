"""The reader for a key that may do nothing else: what stands in authorized_keys before it, and the talk with it.

sshd runs it whatever was asked for (a forced command), and what was asked for is only looked at. It takes two requests,
and in them nothing but ids of its own list: no path, no command and no script travels to the host.

    moorline read               the long-lived reader; a request is MARKER <tab> NUMBER { <tab> ID }, the answer is that
                                of collectors.reader
    moorline run ID …           scripts of collectors; standard input is the marker, the answer as collectors.script has

The program is packed (gzip, Base64), since a line of authorized_keys holds neither line breaks nor two kinds of quotes,
and old sshds read 16 KiB of it. To see it: take what stands after "echo" and pass it through `base64 -d | gzip -dc`.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterable, Mapping, Sequence

from collectors.spec import Cadence, Collector, File

READ = "moorline read"
RUN = "moorline run"
SENTENCE = "This key lets Moorline read the figures of this host, and nothing else: no terminal, no command, no file."
OPTIONS = "restrict"
# dropbear knows `restrict` only since 2022, and refuses a line with an option that it does not know
OPTIONS_OF_OLD = "no-port-forwarding,no-agent-forwarding,no-X11-forwarding,no-pty"
LONGEST = 16_000  # OpenSSH before 8.0 reads lines of up to 16,384 bytes (SSH_MAX_PUBKEY_BYTES)

_FRAME = """LC_ALL=C
PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
export LC_ALL PATH
set -f
set -- $SSH_ORIGINAL_COMMAND
set +f
no() { echo "{sentence}" >&2; exit 126; }
[ "$1" = moorline ] || no
case $2 in
read) [ $# = 2 ] || no
{reader}
;;
run) shift 2; [ $# -gt 0 ] || no
for i; do case $i in {ids}) ;; *) no ;; esac; done
IFS= read -r m; case $m in ''|*[!0-9a-f]*) no ;; esac
echo "$m"
for i; do ( case $i in
{scripts}
esac ) </dev/null; echo "$m=$?"; done
;;
*) no ;;
esac
"""
_READER = """if command -v mawk >/dev/null 2>&1; then exec mawk -W interactive "$p"; fi
for a in awk gawk original-awk nawk; do if command -v $a >/dev/null 2>&1; then exec $a "$p"; fi; done
exec busybox awk "$p\""""
# as collectors.reader's, but for where path, pattern, word and condition come from
_PROGRAM = (
    "function kept(l,k,n,c){{"
    'if(n==1)c=substr(l,1,index(l" "," ")-1);else{{split(l,w," ");c=w[n]}}'
    "if((k,c)in g)return g[k,c];"
    'if(++held>4000){{split("",g);held=1}}'
    "return g[k,c]=(c~k)}}"
    'BEGIN{{FS="\\t";ORS="";{table}}}'
    '{{m=$1;if(m!~/^[0-9a-f]+$/||$2!~/^[0-9]+$/)next;o=m"="$2"\\n";for(p in s)delete s[p];'
    "for(i=3;i<=NF;i++){{d=$i;if(!(d in P))continue;p=P[d];k=K[d];n=W[d];"
    'r=(A[d]==""||A[d]in s)?(getline l<p):-1;'
    'if(r<0){{o=o m"-"p"\\n";close(p);continue}}'
    's[p];t=m"+"p"\\n";'
    'while(r>0){{if(k==""||kept(l,k,n))t=t l"\\n";r=(getline l<p)}}'
    "close(p);o=o t}}"
    'print o m".\\n";fflush()}}'
)


def identity(file: File) -> str:
    """A file's id: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", file.path).strip("-")


def program(files: Iterable[File], collectors: Mapping[str, Collector]) -> str:
    """The sh program. `files`: what the reader may be asked for; of `collectors` those with a script."""
    table = "".join(
        f"P[{d}]={_word(file.path)};K[{d}]={_word(file.keep)};W[{d}]={file.word};A[{d}]={_word(file.after)};"
        for file in files
        for d in (_word(identity(file)),)
    )
    scripted = {name: one.script for name, one in sorted(collectors.items()) if _may_run(one)}
    awk = _PROGRAM.format(table=table)
    return (
        _FRAME.replace("{sentence}", SENTENCE)
        .replace("{reader}", "p=" + _quoted(awk) + "\n" + _READER)
        .replace("{ids}", "|".join(scripted))
        .replace("{scripts}", "\n".join(f"{name})\n{text}\n;;" for name, text in scripted.items()))
    )


def options(files: Iterable[File], collectors: Mapping[str, Collector], *, old: bool = False) -> str:
    """What stands before the key in authorized_keys.

    `old`: for dropbear. Raises ValueError when it would be too long.
    """
    packed = base64.b64encode(gzip.compress(program(files, collectors).encode(), 9, mtime=0)).decode()
    command = f"""exec /bin/sh -c 'eval "$(echo {packed}|base64 -d|gzip -dc)"'"""
    text = f'{OPTIONS_OF_OLD if old else OPTIONS},command="{command.replace(chr(34), chr(92) + chr(34))}"'
    if len(text) > LONGEST:
        raise ValueError("the restricted reader has become longer than a line of authorized_keys may be")
    return text


def request(number: int, marker: str, files: Sequence[File]) -> bytes:
    """The line that asks for these files by their ids. `marker` is a word of hexadecimal digits."""
    return f"{marker}\t{number}{''.join(f'{chr(9)}{identity(file)}' for file in files)}\n".encode()


def running(names: Iterable[str]) -> str:
    """The command that runs these collectors' scripts; the marker and a line break are its standard input."""
    return f"{RUN} {' '.join(names)}"


def _may_run(collector: Collector) -> bool:
    return bool(collector.script) and collector.cadence in {Cadence.SLOW, Cadence.FACTS, Cadence.DEMAND}


def _word(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
