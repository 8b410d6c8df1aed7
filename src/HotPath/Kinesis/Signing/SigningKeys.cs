using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace HotPath.Kinesis.Signing;

/// <summary>
/// The keys derived for (access key, date, region): four HMACs that are the same all day. Any thread may ask.
/// Bounded: when full it begins anew.
/// </summary>
internal sealed class SigningKeys
{
    public const int KeyBytes = 32;

    private const int CountMax = 1024;

    private readonly ConcurrentDictionary<string, SigningKey> _byCredential = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SigningKey>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public SigningKeys()
    {
        _bySpan = _byCredential.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <param name="credential">The whole <c>id/date/region/service/aws4_request</c>.</param>
    /// <param name="key">What was derived for it.</param>
    public bool TryGet(ReadOnlySpan<char> credential, out SigningKey key)
    {
        var known = _bySpan.TryGetValue(credential, out var found);
        key = found!;
        return known;
    }

    public SigningKey Add(AccessKey accessKey, in CredentialScope scope)
    {
        var key = new SigningKey(accessKey, Derive(accessKey.Secret, scope.Date, scope.Region, scope.Service));
        if (_byCredential.Count >= CountMax)
        {
            _byCredential.Clear();
        }

        _byCredential[scope.Credential.ToString()] = key;
        return key;
    }

    /// <summary>AWS4+secret, then date, region, service, "aws4_request": each the message of an HMAC under the last.</summary>
    public static byte[] Derive(
        string secret, ReadOnlySpan<char> date, ReadOnlySpan<char> region, ReadOnlySpan<char> service)
    {
        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secret), Utf8(date));
        key = HMACSHA256.HashData(key, Utf8(region));
        key = HMACSHA256.HashData(key, Utf8(service));
        return HMACSHA256.HashData(key, "aws4_request"u8.ToArray());
    }

    private static byte[] Utf8(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}

internal sealed class SigningKey(AccessKey accessKey, byte[] key)
{
    public AccessKey AccessKey { get; } = accessKey;

    public byte[] Key { get; } = key;
}

/// <summary>The parts of <c>id/date/region/service/aws4_request</c>.</summary>
internal readonly ref struct CredentialScope
{
    public ReadOnlySpan<char> Credential { get; private init; }

    public ReadOnlySpan<char> Id { get; private init; }

    public ReadOnlySpan<char> Date { get; private init; }

    public ReadOnlySpan<char> Region { get; private init; }

    public ReadOnlySpan<char> Service { get; private init; }

    public ReadOnlySpan<char> Terminator { get; private init; }

    /// <summary>What stands in the string to sign: everything after the id.</summary>
    public ReadOnlySpan<char> Scope { get; private init; }

    public static bool TryParse(ReadOnlySpan<char> credential, out CredentialScope scope)
    {
        scope = default;
        Span<Range> parts = stackalloc Range[6];
        if (credential.Split(parts, '/') != 5)
        {
            return false;
        }

        scope = new CredentialScope
        {
            Credential = credential,
            Id = credential[parts[0]],
            Date = credential[parts[1]],
            Region = credential[parts[2]],
            Service = credential[parts[3]],
            Terminator = credential[parts[4]],
            Scope = credential[parts[1].Start..],
        };
        return true;
    }
}
