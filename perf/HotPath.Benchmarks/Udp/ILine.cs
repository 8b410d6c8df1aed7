using System.Net;

namespace HotPath.Benchmarks.Udp;

/// <summary>A receiver under measurement. One thread turns it; others may read the counts.</summary>
internal interface ILine : IDisposable
{
    IPEndPoint Local { get; }

    long Datagrams { get; }

    long Readings { get; }

    /// <summary>What the kernel counted as dropped, as of the last turn that looked.</summary>
    long KernelDrops { get; }

    /// <summary>Takes what is there, or waits a little.</summary>
    void Turn();

    /// <summary>Before a run; what is there of the run before is done.</summary>
    void Begin();

    /// <summary>Throws unless what came through is what was sent.</summary>
    void Verify(SentLoad sent);
}
