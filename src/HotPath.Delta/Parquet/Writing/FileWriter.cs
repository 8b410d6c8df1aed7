using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using HotPath.Delta.Parquet.Compression;
using HotPath.Delta.Parquet.Format;
using HotPath.Delta.Parquet.Thrift;

namespace HotPath.Delta.Parquet.Writing;

/// <summary>
/// The frame of a file: magic, row groups, indexes, footer. Holds one chunk writer per leaf and every buffer, and serves
/// one file after the other. One thread at a time.
/// </summary>
internal sealed class FileWriter : IDisposable
{
    private static readonly string CreatedBy = MakeCreatedBy();

    private readonly ParquetSchema _schema;
    private readonly PageCompressor _compressor;
    private readonly ChunkWriter[] _chunks;
    private readonly FooterBuffers _footer = new();
    private readonly CompactWriter _fileMetadata = new(new GrowingBuffer());
    private readonly List<RowGroupRecord> _rowGroups = [];
    private ChunkRecord[] _records = new ChunkRecord[16];
    private Stream? _output;
    private long _position;
    private long _rows;

    public FileWriter(ParquetSchema schema, ParquetWriterOptions options)
    {
        options.Validate();
        _schema = schema;
        _compressor = PageCompressor.Of(options);
        _chunks = [.. schema.Leaves.Select(leaf => ChunkWriterOf(leaf, options, _compressor))];
    }

    public static ReadOnlySpan<byte> Magic => "PAR1"u8;

    public ReadOnlySpan<ChunkWriter> Chunks => _chunks;

    /// <summary>Bytes written so far, and bytes of pages that wait for their row group.</summary>
    public long EncodedBytes
    {
        get
        {
            var bytes = _position;
            foreach (var chunk in _chunks)
            {
                bytes += chunk.EncodedBytes;
            }

            return bytes;
        }
    }

    public long RowGroupBytes => EncodedBytes - _position;

    public void Begin(Stream output)
    {
        _output = output;
        (_position, _rows) = (0, 0);
        _rowGroups.Clear();
        _footer.Clear();
        _fileMetadata.Buffer.Clear();
        foreach (var chunk in _chunks)
        {
            chunk.BeginFile();
        }

        Put(Magic);
    }

    /// <summary>Writes out the row group whose pages were appended.</summary>
    public void FlushRowGroup(long rows)
    {
        var output = Output();
        var first = _rowGroups.Count * _chunks.Length;
        if (_records.Length < first + _chunks.Length)
        {
            Array.Resize(ref _records, Math.Max(2 * _records.Length, first + _chunks.Length));
        }

        _rowGroups.Add(new RowGroupRecord(_position, rows));
        _rows += rows;
        for (var i = 0; i < _chunks.Length; i++)
        {
            _records[first + i] = _chunks[i].Flush(output, ref _position, _footer);
        }
    }

    /// <summary>Writes indexes and footer and returns the bytes and rows of the whole file.</summary>
    public (long Bytes, long Rows) End()
    {
        var indexesOffset = _position;
        Put(_footer.ColumnIndexes);
        Put(_footer.OffsetIndexes);

        var rowGroups = CollectionsMarshal.AsSpan(_rowGroups);
        var records = _records.AsSpan(0, _rowGroups.Count * _chunks.Length);
        FileFooter.Write(_fileMetadata, _schema, _rows, rowGroups, records, _footer, indexesOffset, CreatedBy);
        Put(_fileMetadata.Buffer.Written);

        Span<byte> tail = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tail, _fileMetadata.Buffer.Count);
        Magic.CopyTo(tail[4..]);
        Put(tail);
        _output = null;
        return (_position, _rows);
    }

    public void Dispose() => _compressor.Dispose();

    private static ChunkWriter ChunkWriterOf(ParquetNode leaf, ParquetWriterOptions options, PageCompressor compressor) =>
        leaf.PhysicalType switch
        {
            PhysicalType.Boolean => BooleanChunkWriter.Of(leaf, options, compressor),
            PhysicalType.Int32 or PhysicalType.Int64 => IntegerChunkWriter.Of(leaf, options, compressor),
            PhysicalType.Float or PhysicalType.Double => RealChunkWriter.Of(leaf, options, compressor),
            PhysicalType.ByteArray => BytesChunkWriter.Of(leaf, options, compressor),
            PhysicalType.FixedLengthByteArray when leaf.Logical == LogicalKind.Decimal =>
                WideChunkWriter.Of(leaf, options, compressor),
            _ => throw new ArgumentException($"Column '{leaf.PathText}' of {leaf.PhysicalType} is not written."),
        };

    // parquet-mr trusts statistics by what it parses from "app version x.y.z (build hash)".
    private static string MakeCreatedBy()
    {
        var version = typeof(FileWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var parts = (version ?? "0.0.0").Split('+', 2);
        return $"HotPath version {parts[0]} (build {(parts.Length > 1 ? parts[1] : "unknown")})";
    }

    private Stream Output() => _output ?? throw new InvalidOperationException("The file is closed: begin another one first.");

    private void Put(ReadOnlySpan<byte> bytes)
    {
        Output().Write(bytes);
        _position += bytes.Length;
    }
}
