#!/usr/bin/python3
"""How late are streamed rates? Sends Poisson counts to `unet-spikes infer --listen` at the pace of a recording and prints the server's own
latencies (a bin's last byte in, its rates out) and the client's (bin sent to rates received, so the sockets and both schedulers are in it).

    ./unet-spikes --version > /dev/null && taskset -c 0 bench/stream_latency.py --model M.onnx --bins 6000 --pace-ms 5

The same number of paced bins is then spent on nothing but additions, some 0.5 ms of them: "control" is what this machine does to any program.

Standard library only. Run it on an idle machine; taskset keeps server and client on one core."""
import argparse
import json
import os
import random
import socket
import struct
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def percentiles(times):
    ordered = sorted(times)
    return {name: round(1e3 * ordered[min(int(q * len(ordered)), len(ordered) - 1)], 3) for name, q in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99), ("max_ms", 1))}


def control(bins, pace_ms):
    times, start = [], time.perf_counter()
    for t in range(bins):
        time.sleep(max(0, start + t * pace_ms / 1e3 - time.perf_counter()))
        begun, total = time.perf_counter(), 0
        for i in range(9000):
            total += i * i
        times.append(time.perf_counter() - begun)
    return {"min_ms": round(1e3 * min(times), 3), **percentiles(times)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--units", type=int, default=100)
    parser.add_argument("--bins", type=int, default=6000)
    parser.add_argument("--pace-ms", type=float, default=5)
    parser.add_argument("--lag", type=int)
    args = parser.parse_args()
    lag = ["--lag", str(args.lag)] if args.lag is not None else []
    program = os.path.join(ROOT, "artifacts/bin/UnetSpikes.App/release/unet-spikes.dll")
    server = subprocess.Popen(
        ["dotnet", program, "infer", "--model", args.model, "--listen", "127.0.0.1:0", "--clients", "1", "--device", "cpu", "--json", "--quiet", *lag],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    host, port = server.stdout.readline().split()[-1].rsplit(":", 1)
    rng = random.Random(1)
    frames = [struct.pack(f"<{args.units}H", *(int(rng.random() < 0.1) for _ in range(args.units))) for _ in range(1000)]
    times = []
    with socket.create_connection((host, int(port))) as sock, sock.makefile("rb") as answer:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(struct.pack("<4sHHII", b"USPK", 1, 1, args.units, 0))
        lag_bins = struct.unpack("<4sHHIId8s", answer.read(32))[4]
        start = time.perf_counter()
        for t in range(args.bins):
            due = start + t * args.pace_ms / 1e3
            time.sleep(max(0, due - time.perf_counter()))
            sent = time.perf_counter()
            sock.sendall(frames[t % len(frames)])
            if t >= lag_bins:
                answer.read(4 * args.units)
                times.append(time.perf_counter() - sent)
        sock.shutdown(socket.SHUT_WR)
        answer.read()
    print(json.dumps({"server": json.loads(server.communicate()[1].splitlines()[-1]), "client": percentiles(times), "control": control(args.bins, args.pace_ms)}))


main()
