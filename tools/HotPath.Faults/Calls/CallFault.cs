namespace HotPath.Faults.Calls;

/// <summary>One interference with system calls, as strace takes it. Calls are counted by thread.</summary>
/// <param name="Calls">Names with commas between them.</param>
/// <param name="What">E.g. <c>error=EIO</c>, <c>signal=KILL</c>, <c>delay_enter=200000</c>.</param>
/// <param name="First">The first call that it happens to.</param>
/// <param name="IsLasting">To every call from there on.</param>
internal sealed record CallFault(string Calls, string What, int First, bool IsLasting)
{
    private static readonly (string Calls, string[] Whats)[] Kinds =
    [
        ("pwrite64", ["error=EIO", "error=ENOSPC", "error=EINTR", "delay_enter=50000", "signal=KILL"]),
        ("fdatasync,fsync", ["error=ENOSPC", "error=EDQUOT", "delay_enter=500000", "signal=KILL"]),
        ("rename", ["error=EIO", "error=ENOSPC", "signal=KILL"]),
        ("link", ["error=EIO", "error=ENOSPC", "signal=KILL"]),
        ("unlink", ["error=EIO", "signal=KILL"]),
        ("ftruncate", ["error=EIO", "signal=KILL"]),
        ("write", ["signal=KILL"]),
        ("pread64", ["error=EINTR", "delay_enter=20000", "signal=KILL"]),
    ];

    public bool IsKill => What == "signal=KILL";

    public static CallFault Random(int seed)
    {
        var random = new Random(seed);
        var (calls, whats) = Kinds[random.Next(Kinds.Length)];
        var what = whats[random.Next(whats.Length)];

        // Early calls are those of a start; an interruption without end is no fault but another machine.
        var first = 1 + (random.Next(2) == 0 ? random.Next(12) : random.Next(150));
        return new CallFault(calls, what, first, random.Next(3) == 0 && !what.Contains("EINTR", StringComparison.Ordinal));
    }

    /// <summary>The command to run a service under; every sync is written down, too.</summary>
    public IReadOnlyList<string> Tracer(string log) =>
    [
        "strace", "-f", "--seccomp-bpf", "-qq", "-ttt", "-T", "-y", "-o", log,
        "-e", $"trace=fdatasync,fsync,{Calls}",
        "-e", $"inject={Calls}:{What}:when={First}{(IsLasting ? "+" : "")}",
    ];

    public override string ToString() => $"{What} of {Calls} number {First}{(IsLasting ? " and all later" : "")}";
}
