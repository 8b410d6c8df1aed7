using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HotPath.LoadGenerator.Kinesis;

/// <summary>
/// AWS Signature Version 4 for PutRecords over one host. Owned by one connection; allocates only when the day changes.
/// </summary>
internal sealed class RequestSigner
{
    public const int SignatureHexBytes = 64;

    private const int KeyBytes = 32;
    private const int DateBytes = 16;

    private static ReadOnlySpan<byte> Algorithm => "AWS4-HMAC-SHA256"u8;

    private static ReadOnlySpan<byte> SignedHeaders =>
        "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target"u8;

    private readonly SigningOptions _options;
    private readonly byte[] _canonical = new byte[1024];
    private readonly byte[] _toSign = new byte[512];
    private readonly byte[] _date = new byte[DateBytes];
    private byte[] _key = [];
    private byte[] _scope = [];
    private byte[] _headersStart = [];
    private DateOnly _day;

    public RequestSigner(SigningOptions options)
    {
        _options = options;
    }

    /// <summary>The key of one day, region and service.</summary>
    public static byte[] DeriveKey(string secret, string day, string region, string service)
    {
        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secret), Encoding.UTF8.GetBytes(day));
        key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(region));
        key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(service));
        return HMACSHA256.HashData(key, "aws4_request"u8.ToArray());
    }

    public static void Sign(ReadOnlySpan<byte> key, ReadOnlySpan<byte> toSign, Span<byte> signatureHex)
    {
        Span<byte> mac = stackalloc byte[KeyBytes];
        HMACSHA256.HashData(key, toSign, mac);
        Convert.TryToHexStringLower(mac, signatureHex, out _);
    }

    /// <summary>Writes the request line and all headers of a POST of this body; returns their bytes.</summary>
    public int WriteHead(ReadOnlySpan<byte> body, DateTime now, Span<byte> head)
    {
        UseDay(DateOnly.FromDateTime(now));
        now.TryFormat(_date, out _, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        Span<byte> bodyHash = stackalloc byte[SignatureHexBytes];
        Hash(body, bodyHash);
        Span<byte> signature = stackalloc byte[SignatureHexBytes];
        Sign(_key, _toSign.AsSpan(0, WriteStringToSign(bodyHash)), signature);

        var text = new Encode.Utf8Text(head);
        text.Add(_headersStart);
        text.Add(_date);
        text.Add("\r\nx-amz-content-sha256: "u8);
        text.Add(bodyHash);
        text.Add("\r\nContent-Length: "u8);
        text.Add(body.Length);
        text.Add("\r\nAuthorization: "u8);
        text.Add(Algorithm);
        text.Add(" Credential="u8);
        text.Add(_options.AccessKeyUtf8);
        text.Add("/"u8);
        text.Add(_scope);
        text.Add(", SignedHeaders="u8);
        text.Add(SignedHeaders);
        text.Add(", Signature="u8);
        text.Add(signature);
        text.Add("\r\n\r\n"u8);
        return text.Position;
    }

    private static void Hash(ReadOnlySpan<byte> bytes, Span<byte> hex)
    {
        Span<byte> hash = stackalloc byte[KeyBytes];
        SHA256.HashData(bytes, hash);
        Convert.TryToHexStringLower(hash, hex, out _);
    }

    /// <summary>
    /// The canonical request (method, path, query, headers, their names, body hash) and what is signed of it.
    /// </summary>
    private int WriteStringToSign(ReadOnlySpan<byte> bodyHash)
    {
        var canonical = new Encode.Utf8Text(_canonical);
        canonical.Add("POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:"u8);
        canonical.Add(_options.HostUtf8);
        canonical.Add("\nx-amz-content-sha256:"u8);
        canonical.Add(bodyHash);
        canonical.Add("\nx-amz-date:"u8);
        canonical.Add(_date);
        canonical.Add("\nx-amz-target:Kinesis_20131202.PutRecords\n\n"u8);
        canonical.Add(SignedHeaders);
        canonical.Add("\n"u8);
        canonical.Add(bodyHash);

        Span<byte> canonicalHash = stackalloc byte[SignatureHexBytes];
        Hash(_canonical.AsSpan(0, canonical.Position), canonicalHash);
        var toSign = new Encode.Utf8Text(_toSign);
        toSign.Add(Algorithm);
        toSign.Add("\n"u8);
        toSign.Add(_date);
        toSign.Add("\n"u8);
        toSign.Add(_scope);
        toSign.Add("\n"u8);
        toSign.Add(canonicalHash);
        return toSign.Position;
    }

    private void UseDay(DateOnly day)
    {
        if (_day == day)
        {
            return;
        }

        _day = day;
        var text = day.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        _key = DeriveKey(_options.SecretKey, text, _options.Region, SigningOptions.Service);
        _scope = Encoding.UTF8.GetBytes($"{text}/{_options.Region}/{SigningOptions.Service}/aws4_request");
        _headersStart = Encoding.UTF8.GetBytes(
            $"POST / HTTP/1.1\r\nHost: {_options.Host}\r\nContent-Type: application/x-amz-json-1.1\r\n"
            + "X-Amz-Target: Kinesis_20131202.PutRecords\r\nX-Amz-Date: ");
    }
}

/// <summary>Who signs, for which endpoint.</summary>
internal sealed record SigningOptions
{
    public const string Service = "kinesis";

    public required string Host { get; init; }

    public required string Region { get; init; }

    public required string AccessKey { get; init; }

    public required string SecretKey { get; init; }

    public byte[] HostUtf8 => field ??= Encoding.UTF8.GetBytes(Host);

    public byte[] AccessKeyUtf8 => field ??= Encoding.UTF8.GetBytes(AccessKey);
}
