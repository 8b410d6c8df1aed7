namespace HotPath.Cli;

/// <summary>What commands exit with.</summary>
internal static class ExitCode
{
    public const int Good = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>EX_CONFIG of sysexits.h.</summary>
    public const int Configuration = 78;
}
