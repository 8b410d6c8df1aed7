using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Signing;

/// <summary>
/// Verifies AWS Signature Version 4. Any thread may call it, each with its own scratch. Says no with the words by which
/// the SDKs correct their clocks and tell their users what is wrong. Without keys it only asks for a complete claim.
/// </summary>
internal sealed class SignatureVerifier(AccessKeys? keys)
{
    private const int SkewSecondsMax = 300;
    private const int ExpiresSecondsMax = 604_800;
    private const int HashBytes = SHA256.HashSizeInBytes;

    private static readonly Refusal UnknownToken = Refusal.Unauthenticated(
        "UnrecognizedClientException", "The security token included in the request is invalid.");

    private static readonly Refusal Mismatch = Refusal.Unauthenticated(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
        "Key and signing method. Consult the service documentation for details.");

    private volatile KeyRing? _ring = keys is null ? null : new KeyRing(keys, new SigningKeys());
    private readonly SignedHeaders.Cache _signedHeaders = new();

    /// <summary>
    /// Takes the place of the keys there were, with all that was derived from them: from here on a key that is gone signs
    /// nothing more. Calls under way end with the keys they began with.
    /// </summary>
    public void Take(AccessKeys changed) => _ring = new KeyRing(changed, new SigningKeys());

    /// <summary>
    /// Whether a request can be refused without reading its body: one that claims no known key. A large body of a
    /// stranger is not worth its memory.
    /// </summary>
    public Refusal? RefuseStranger(HttpRequest request) =>
        SignatureClaim.Read(request, out var claim) ?? (_ring is not { } ring || IsKnown(claim, ring.Keys) ? null : UnknownToken);

    /// <returns>Null when the request is who it says it is.</returns>
    public Refusal? Verify(HttpRequest request, ReadOnlySpan<byte> body, long nowSeconds, ByteBuilder scratch)
    {
        var incomplete = SignatureClaim.Read(request, out var claim);
        return incomplete is not null || _ring is not { } ring
            ? incomplete
            : VerifyComplete(request, claim, ring, body, nowSeconds, scratch);
    }

    private static bool IsKnown(in SignatureClaim claim, AccessKeys keys) =>
        CredentialScope.TryParse(claim.Credential, out var scope) && keys.TryGet(scope.Id.ToString(), out _);

    private Refusal? VerifyComplete(
        HttpRequest request,
        in SignatureClaim claim,
        KeyRing ring,
        ReadOnlySpan<byte> body,
        long nowSeconds,
        ByteBuilder scratch)
    {
        if (!claim.Algorithm.SequenceEqual(SignatureClaim.AlgorithmName))
        {
            return Refusal.Unauthenticated(
                "IncompleteSignatureException", $"Unsupported AWS 'algorithm': '{claim.Algorithm}'.");
        }

        if (!CredentialScope.TryParse(claim.Credential, out var scope))
        {
            return Refusal.Unauthenticated(
                "IncompleteSignatureException",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got " +
                $"'{claim.Credential}'");
        }

        if (!ring.Derived.TryGet(claim.Credential, out var signingKey))
        {
            // Derived only for a key that is known, so that strangers cannot fill the cache.
            if (!ring.Keys.TryGet(scope.Id.ToString(), out var accessKey))
            {
                return UnknownToken;
            }

            var misplaced = CheckScope(scope);
            if (misplaced is not null)
            {
                return misplaced;
            }

            signingKey = ring.Derived.Add(accessKey, scope);
        }

        var signed = _signedHeaders.Get(claim.SignedHeaders);
        return CheckTime(claim, scope, nowSeconds, out var signedAt)
            ?? CheckSignedHeaders(request, claim, signed, signingKey.AccessKey)
            ?? CheckSignature(request, claim, scope, new Signed(signed, signingKey.Key, signedAt), body, scratch);
    }

    private static Refusal? CheckScope(in CredentialScope scope)
    {
        if (scope.Region.IsEmpty)
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException", "Credential should be scoped to a valid region, not ''.");
        }

        if (!scope.Service.SequenceEqual("kinesis"))
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException", "Credential should be scoped to correct service: 'kinesis'.");
        }

        return scope.Terminator.SequenceEqual("aws4_request")
            ? null
            : Refusal.Unauthenticated(
                "InvalidSignatureException",
                "Credential should be scoped with a valid terminator: 'aws4_request', not " +
                $"'{scope.Terminator}'.");
    }

    private static Refusal? CheckTime(
        in SignatureClaim claim, in CredentialScope scope, long nowSeconds, out long signedAt)
    {
        if (!AmzDate.TryParse(claim.Date, out signedAt) && !AmzDate.TryParseHttpDate(claim.Date, out signedAt))
        {
            return Refusal.Unauthenticated(
                "IncompleteSignatureException",
                $"Date must be in ISO-8601 'basic format'. Got '{claim.Date}'. See http://en.wikipedia.org/wiki/ISO_8601");
        }

        var signedText = AmzDate.Text(signedAt);
        if (!scope.Date.SequenceEqual(signedText.AsSpan(0, 8)))
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException",
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
                $"'{scope.Date}' != '{signedText[..8]}', from '{signedText}'.");
        }

        if (claim.IsPresigned && claim.ExpiresSeconds is < 1 or > ExpiresSecondsMax)
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException", $"X-Amz-Expires must be between 1 and {ExpiresSecondsMax} seconds.");
        }

        if (claim.IsPresigned ? nowSeconds - signedAt > claim.ExpiresSeconds : nowSeconds - signedAt > SkewSecondsMax)
        {
            return Refusal.Unauthenticated(
                "InvalidSignatureException",
                $"Signature expired: {signedText} is now earlier than {AmzDate.Text(nowSeconds - SkewSecondsMax)} " +
                $"({AmzDate.Text(nowSeconds)} - 5 min.)");
        }

        return signedAt - nowSeconds > SkewSecondsMax
            ? Refusal.Unauthenticated(
                "InvalidSignatureException",
                $"Signature not yet current: {signedText} is still later than {AmzDate.Text(nowSeconds + SkewSecondsMax)} " +
                $"({AmzDate.Text(nowSeconds)} + 5 min.)")
            : null;
    }

    /// <summary>
    /// What gives the request its meaning must be under the signature: where it goes, when, what it does, for which session.
    /// </summary>
    private static Refusal? CheckSignedHeaders(
        HttpRequest request, in SignatureClaim claim, SignedHeaders signed, AccessKey accessKey)
    {
        if (!signed.Contains("host") && !signed.Contains(":authority"))
        {
            return MustSign("Host' or ':authority");
        }

        // A query signature has its date in the query, and the query is signed as a whole.
        var dateHeader = request.Headers["X-Amz-Date"].Count > 0 ? "x-amz-date" : "date";
        if (!claim.IsPresigned && !signed.Contains(dateHeader))
        {
            return MustSign(dateHeader);
        }

        if (!signed.Contains("x-amz-target"))
        {
            return MustSign("x-amz-target");
        }

        var token = request.Headers["X-Amz-Security-Token"].ToString();
        if (token.Length > 0 && !signed.Contains("x-amz-security-token"))
        {
            return MustSign("x-amz-security-token");
        }

        if (token.Length == 0 && claim.IsPresigned)
        {
            // All of the query is under the signature.
            token = request.Query["X-Amz-Security-Token"].ToString();
        }

        return SameSecret(token, accessKey.SessionToken ?? string.Empty) ? null : UnknownToken;
    }

    private static Refusal MustSign(string header) => Refusal.Unauthenticated(
        "InvalidSignatureException",
        $"'{header}' must be a 'SignedHeader' in the AWS Authorization.");

    private static bool SameSecret(string given, string wanted) =>
        (given.Length | wanted.Length) == 0
        || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private static Refusal? CheckSignature(
        HttpRequest request,
        in SignatureClaim claim,
        in CredentialScope scope,
        in Signed signed,
        ReadOnlySpan<byte> body,
        ByteBuilder scratch)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        Span<char> bodyHash = stackalloc char[HashBytes * 2];
        SHA256.HashData(body, hash);
        _ = Convert.TryToHexStringLower(hash, bodyHash, out _);

        string? statedHash = request.Headers["x-amz-content-sha256"];
        if (statedHash == "UNSIGNED-PAYLOAD" && request.IsHttps)
        {
            return CheckSignature(request, claim, scope, signed, statedHash, scratch);
        }

        // A stated hash must be that of the body; the streaming forms of S3 are none, and so end here too.
        return statedHash is null || bodyHash.SequenceEqual(statedHash)
            ? CheckSignature(request, claim, scope, signed, bodyHash, scratch)
            : Mismatch;
    }

    private static Refusal? CheckSignature(
        HttpRequest request,
        in SignatureClaim claim,
        in CredentialScope scope,
        in Signed signed,
        ReadOnlySpan<char> bodyHash,
        ByteBuilder scratch)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        scratch.Clear();
        CanonicalRequest.Write(scratch, request, signed.Headers, claim.IsPresigned, bodyHash);
        SHA256.HashData(scratch.Written, hash);

        scratch.Clear();
        scratch.Append("AWS4-HMAC-SHA256\n"u8);
        scratch.Append(AmzDate.Text(signed.AtSeconds));
        scratch.Append((byte)'\n');
        scratch.Append(scope.Scope);
        scratch.Append((byte)'\n');
        scratch.AppendHex(hash);

        Span<byte> wanted = stackalloc byte[HashBytes];
        Span<char> wantedHex = stackalloc char[HashBytes * 2];
        HMACSHA256.HashData(signed.Key, scratch.Written, wanted);
        _ = Convert.TryToHexStringLower(wanted, wantedHex, out _);

        // As text: a signature has one spelling, so that one that was sent cannot be told in another.
        return CryptographicOperations.FixedTimeEquals(
            MemoryMarshal.AsBytes<char>(wantedHex), MemoryMarshal.AsBytes(claim.Signature))
            ? null
            : Mismatch;
    }

    private sealed record KeyRing(AccessKeys Keys, SigningKeys Derived);

    private readonly record struct Signed(SignedHeaders Headers, byte[] Key, long AtSeconds);
}
