using System.Security.Cryptography;

namespace HotPath.Sink.Rows;

/// <summary>Rows of the table <c>rules</c>.</summary>
internal sealed class RuleRows : TableRows
{
    private readonly LongRows _version = new();
    private readonly LongRows _appliedAt = new();
    private readonly LongRows _lsn = new();
    private readonly TextRows _document = new();
    private readonly TextRows _sha256 = new();

    public RuleRows()
    {
        Declare(_version, _appliedAt, _lsn, _document, _sha256);
    }

    public void Add(long version, long appliedAtMicros, long lsn, ReadOnlySpan<byte> document)
    {
        _version.Add(version);
        _appliedAt.Add(appliedAtMicros);
        _lsn.Add(lsn);
        _document.Add(document);
        _sha256.Add(Convert.ToHexStringLower(SHA256.HashData(document)));
    }
}
