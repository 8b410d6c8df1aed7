namespace HotPath.Engine.Native;

/// <summary>The disk refused something that the engine cannot do without.</summary>
public sealed class DiskFaultException : IOException
{
    internal DiskFaultException(string problem, DiskError error)
        : base($"{problem}: {error}. {Cure(error)}")
    {
        Error = error;
    }

    internal DiskFaultException(string problem, string cure)
        : base($"{problem}. {cure}")
    {
    }

    internal DiskError Error { get; }

    private static string Cure(DiskError error) => error.Number switch
    {
        DiskError.NoSpace => "Free space on this filesystem, or move the data directory to a larger one.",
        DiskError.InputOutput => "Check the disk and the kernel log before starting again; nothing acknowledged was taken back.",
        DiskError.NoEntry => "Check that the directory exists and is mounted.",
        13 or 1 => "Give the user that runs HotPath the right to write there.",
        30 => "The filesystem is mounted read-only: check the kernel log for why.",
        _ => "Check the path and the filesystem.",
    };
}
