namespace HotPath.Engine.Native;

/// <summary>
/// Writes bytes of a file again as they are. After a failed sync the kernel calls pages clean that the disk never got: a
/// later sync would succeed and do nothing. Written again they are dirty again. Cold.
/// </summary>
internal static class Rewriting
{
    private const int StepBytes = 1024 * 1024;

    /// <summary>From an offset up to another; what the file does not hold is left out.</summary>
    public static DiskError Again(IDiskFile file, long fromOffset, long toOffset)
    {
        var bytes = new byte[Math.Clamp(toOffset - fromOffset, 0, StepBytes)];
        for (var at = fromOffset; at < toOffset;)
        {
            var wanted = (int)Math.Min(bytes.Length, toOffset - at);
            var error = file.Read(bytes.AsSpan(0, wanted), at, out var readBytes);
            if (!error.IsNone || readBytes == 0)
            {
                return error;
            }

            error = file.Write(bytes.AsSpan(0, readBytes), at);
            if (!error.IsNone)
            {
                return error;
            }

            at += readBytes;
        }

        return DiskError.None;
    }
}
