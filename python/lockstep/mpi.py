"""`python -m lockstep.mpi mpirun …` on every host of a gang: one mpirun, without ssh, whose processes end with the attempt.

On the host of rank 0 the command runs, with a hostfile of the gang and a stand-in for ssh in its environment, for Open MPI 4
(OMPI_MCA_…) and for 5 (PRTE_MCA_…). Every other host starts what the stand-in asks it for, as processes of its own task. Hosts
tell each other by all_gather where they listen, and a secret without which nothing is started.
"""

import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

from lockstep.task.context import context

#: Where the stand-in finds whom it may ask.
_PEERS = "LOCKSTEP_MPI_PEERS"
#: A piece of output is a channel, its length and so many bytes; the last piece is the exit code.
_PIECE = struct.Struct("!BI")
_EXIT, _OUT, _ERR = 0, 1, 2
_DONE = b"done\n"
_CONNECT_S = 30
#: How long the end of the attempt is waited for once the command has failed; a host that vanished is missed sooner.
_STOP_S = 60
#: Options of ssh that have a value of their own.
_WITH_VALUE = {"-l", "-p", "-o", "-i", "-F"}


def main(arguments):
    """Runs the command on the host of rank 0, and serves it on the others. Returns the exit code."""
    if arguments[:1] == ["--shell"]:
        return _shell(arguments[1:])
    task = context()
    return _lead(task, arguments) if task.rank == 0 else _serve(task)


def _lead(task, command):
    said = [json.loads(one) for one in task.all_gather(json.dumps({}))]
    infos = task.task_infos()
    addresses = [info["address"] for info in infos]
    are_distinct = len(set(addresses)) == len(addresses)
    # Emulated hosts share one address, under which mpirun would take all of them for its own host.
    names = addresses if are_distinct else ["localhost", *(info["instanceId"] for info in infos[1:])]
    with tempfile.TemporaryDirectory(prefix="lockstep-mpi-") as folder:
        peers = {name: {**one, "address": info["address"]} for name, one, info in zip(names[1:], said[1:], infos[1:])}
        controls = [_ask(peer, {"control": True}) for peer in peers.values()]
        env = {**_settings(folder, names, peers, addresses), **os.environ}
        child = subprocess.Popen(command, env=env)
        # Whoever stops the attempt tells the command, too: what it makes of that is the end of this.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        code = child.wait()
        for control in controls:
            if code == 0:
                control.sendall(_DONE)
            control.close()
    return code if code >= 0 else 128 - code


def _settings(folder, names, peers, addresses):
    """Variables of Open MPI, of both of its launchers. What the job sets itself goes first."""
    slots = os.environ.get("PET_NPROC_PER_NODE", "1")
    hostfile = _file(folder, "hosts", "".join(f"{name} slots={slots}\n" for name in names))
    shell = _file(folder, "lockstep-rsh", f'#!/bin/sh\nexec "{sys.executable}" -m lockstep.mpi --shell "$@"\n', 0o700)
    own = {
        "OMPI_MCA_plm_rsh_agent": shell,
        "OMPI_MCA_plm_rsh_no_tree_spawn": "1",
        "OMPI_MCA_orte_default_hostfile": hostfile,
        "PRTE_MCA_plm_ssh_agent": shell,
        "PRTE_MCA_plm_ssh_no_tree_spawn": "1",
        "PRTE_MCA_prte_default_hostfile": hostfile,
        _PEERS: _file(folder, "peers.json", json.dumps(peers)),
    }
    if os.geteuid() == 0:
        root = ("ALLOW_RUN_AS_ROOT", "ALLOW_RUN_AS_ROOT_CONFIRM")
        own.update({f"{prefix}_{name}": "1" for prefix in ("OMPI", "PRTE") for name in root})
    if all(address.startswith("127.") for address in addresses):
        own.update({"OMPI_MCA_btl": "tcp,self", "OMPI_MCA_btl_tcp_if_include": "lo", "OMPI_MCA_oob_tcp_if_include": "lo"})
        # Ranks of several emulated hosts share the processors of one machine, and wait by polling.
        own["OMPI_MCA_mpi_yield_when_idle"] = "1"
    return own


def _file(folder, name, text, mode=0o600):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _ask(peer, request):
    connection = socket.create_connection((peer["address"], peer["port"]), timeout=_CONNECT_S)
    connection.settimeout(None)
    connection.sendall(json.dumps({**request, "secret": peer["secret"]}).encode() + b"\n")
    return connection


def _shell(arguments):
    """The stand-in: `[OPTION…] HOST COMMAND…`, run on that host with its output and its exit code here."""
    host, command = _parse(arguments)
    with open(os.environ[_PEERS], encoding="utf-8") as file:
        peer = json.load(file).get(host)
    if peer is None:
        return subprocess.call(["/bin/sh", "-c", command])
    with _ask(peer, {"command": command}) as connection, connection.makefile("rb") as answer:
        outputs = {_OUT: sys.stdout.buffer, _ERR: sys.stderr.buffer}
        while True:
            head = answer.read(_PIECE.size)
            if len(head) < _PIECE.size:
                print(f"LS_HOST_LOST: {host} went while it ran what mpirun had asked for", file=sys.stderr)
                return 255
            channel, size = _PIECE.unpack(head)
            if channel == _EXIT:
                return size
            outputs[channel].write(answer.read(size))
            outputs[channel].flush()


def _parse(arguments):
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in _WITH_VALUE and rest:
            rest.pop(0)
    if len(rest) < 2:
        sys.exit(f"lockstep.mpi: expected a host and a command, got {' '.join(arguments)}")
    return rest[0].rsplit("@", 1)[-1], " ".join(rest[1:])


def _serve(task):
    secret = secrets.token_hex(16)
    address = task.task_infos()[task.rank]["address"]
    with socket.create_server((address, 0)) as listener, tempfile.TemporaryDirectory(prefix="lockstep-mpi-") as folder:
        said = {"port": listener.getsockname()[1], "secret": secret}
        task.all_gather(json.dumps(said))
        ended = []
        over = threading.Event()

        def take(connection):
            with connection, connection.makefile("rb") as lines:
                try:
                    request = json.loads(lines.readline())
                except ValueError:
                    return
                if not secrets.compare_digest(str(request.get("secret")), secret):
                    return
                if "command" in request:
                    _run(connection, request["command"], folder)
                    return
                ended.append(lines.read())
                over.set()

        def listen():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=take, args=(connection,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        over.wait()
    if ended == [_DONE]:
        return 0
    # The attempt is about to be stopped, for what became of rank 0: this is none of the causes.
    time.sleep(_STOP_S)
    print("LS_TASK_FAILED: the mpirun of rank 0 has ended without success", file=sys.stderr)
    return 1


def _run(connection, command, folder):
    """Runs what the stand-in asks for; it is ended where that has gone."""
    # Daemons of emulated hosts that share one folder for their sessions wait for each other.
    env = {**os.environ, "TMPDIR": folder}
    child = subprocess.Popen(
        ["/bin/sh", "-c", command],
        **{"env": env, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE},
        start_new_session=True,
    )
    sending = threading.Lock()

    def send(channel, size, data=b""):
        with sending:
            try:
                connection.sendall(_PIECE.pack(channel, size) + data)
            except OSError:
                pass

    def relay(channel, pipe):
        for data in iter(lambda: pipe.read1(65536), b""):
            send(channel, len(data), data)

    def watch():
        try:
            connection.recv(1)
        except OSError:
            pass
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    relays = [threading.Thread(target=relay, args=one, daemon=True) for one in ((_OUT, child.stdout), (_ERR, child.stderr))]
    for one in relays:
        one.start()
    code = child.wait()
    for one in relays:
        one.join(timeout=1)
    send(_EXIT, code if code >= 0 else 128 - code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
