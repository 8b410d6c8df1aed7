using System.Runtime.InteropServices;

namespace HotPath.Engine.Decode;

/// <summary>
/// zstd by the system's libzstd: one context, reused. Belongs to one decoder and its thread. Where the library is
/// missing nothing can be expanded.
/// </summary>
internal sealed unsafe partial class Zstd : IDisposable
{
    private const string Library = "libzstd.so.1";
    private const int TargetTooSmall = 70;
    private const ulong SizeUnknown = ulong.MaxValue;
    private const int UsualRatio = 8;

    private void* _context;

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <param name="compressed">All frames.</param>
    /// <param name="into">Bounds what is written.</param>
    /// <param name="writtenBytes">Also where it fails: at most so many were.</param>
    public bool TryExpand(ReadOnlySpan<byte> compressed, ExpandBuffer into, out int writtenBytes)
    {
        writtenBytes = 0;
        if (!IsAvailable)
        {
            return false;
        }

        if (_context == null)
        {
            _context = ZSTD_createDCtx();
        }

        // Safe because the library is given both lengths. Worth it: no stream, no copy.
        fixed (byte* source = compressed)
        {
            var said = ZSTD_getFrameContentSize(source, (nuint)compressed.Length);
            var expected = said == SizeUnknown ? (ulong)compressed.Length * UsualRatio : said;
            if (said != SizeUnknown && expected > (ulong)into.BytesMax)
            {
                return false;
            }

            // A size that is not said is found by doubling. Several frames say only the first one's.
            var wantedBytes = (long)ulong.Min(expected, (ulong)into.BytesMax);
            while (_context != null && into.TryReserve(wantedBytes))
            {
                var result = ZSTD_decompressDCtx(
                    _context, into.Bytes, (nuint)into.Room, source, (nuint)compressed.Length);
                if (ZSTD_isError(result) == 0)
                {
                    writtenBytes = (int)result;
                    return true;
                }

                writtenBytes = into.Room;
                if (ZSTD_getErrorCode(result) != TargetTooSmall)
                {
                    return false;
                }

                wantedBytes = into.Room + 1L;
            }
        }

        return false;
    }

    public void Dispose()
    {
        if (_context != null)
        {
            _ = ZSTD_freeDCtx(_context);
            _context = null;
        }
    }

    [LibraryImport(Library)]
    private static partial void* ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(void* context);

    [LibraryImport(Library)]
    private static partial ulong ZSTD_getFrameContentSize(byte* source, nuint sourceBytes);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressDCtx(
        void* context, byte* target, nuint targetBytes, byte* source, nuint sourceBytes);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint result);

    [LibraryImport(Library)]
    private static partial int ZSTD_getErrorCode(nuint result);
}
