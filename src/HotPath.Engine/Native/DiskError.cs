using System.Runtime.InteropServices;

namespace HotPath.Engine.Native;

/// <summary>What became of a call to the disk: nothing wrong, or the system's error number.</summary>
internal readonly record struct DiskError(int Number)
{
    public const int Interrupted = 4;
    public const int NoEntry = 2;
    public const int InputOutput = 5;
    public const int Exists = 17;
    public const int NoSpace = 28;
    private const int WouldBlock = 11;
    private const int Quota = 122;

    public static readonly DiskError None;

    /// <summary>
    /// A write of zero bytes without an error, which the system does not do for a file: taken as EIO.
    /// </summary>
    public static readonly DiskError NothingWritten = new(InputOutput);

    public bool IsNone => Number == 0;

    /// <summary>No space or no quota left: waiting and freeing space cure it.</summary>
    public bool IsFull => Number is NoSpace or Quota;

    public bool IsLocked => Number == WouldBlock;

    /// <summary>In cold code: a fault with its problem, cause and cure.</summary>
    public void ThrowIfFailed(string problem)
    {
        if (!IsNone)
        {
            throw new DiskFaultException(problem, this);
        }
    }

    public override string ToString() => IsNone ? "no error" : $"{Marshal.GetPInvokeErrorMessage(Number)} (errno {Number})";
}
