using System.Runtime.InteropServices;

namespace HotPath.Delta.Parquet.Compression;

/// <summary>The functions of the system's zstd that pages need. Signatures as in zstd.h.</summary>
internal static unsafe partial class NativeZstd
{
    private const string Library = "libzstd.so.1";

    public static CodecMissingException Missing(Exception inner) => new("ZSTD", Library, "libzstd1", inner);

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressCCtx")]
    internal static partial nuint Compress(
        nint context, byte* destination, nuint capacity, byte* source, nuint sourceBytes, int level);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    internal static partial nuint CompressBound(nuint sourceBytes);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompress")]
    internal static partial nuint Decompress(byte* destination, nuint capacity, byte* source, nuint sourceBytes);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint code);
}
