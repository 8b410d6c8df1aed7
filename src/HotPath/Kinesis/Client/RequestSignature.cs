using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using HotPath.Kinesis.Signing;

namespace HotPath.Kinesis.Client;

/// <summary>
/// Signs requests with Signature Version 4: the other side of <see cref="SignatureVerifier"/>, over the same key
/// derivation. Any thread.
/// </summary>
internal sealed class RequestSignature(string region, string service)
{
    /// <summary>Adds date, hash, token and Authorization to a POST to <c>/</c> whose body and content type are set.</summary>
    public void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, AwsKey key, long nowSeconds)
    {
        var date = AmzDate.Text(nowSeconds);
        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
        request.Headers.Add("x-amz-date", date);
        request.Headers.Add("x-amz-content-sha256", bodyHash);
        if (key.SessionToken is { } token)
        {
            request.Headers.Add("x-amz-security-token", token);
        }

        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["content-type"] = request.Content!.Headers.ContentType!.ToString(),
            ["host"] = request.RequestUri!.IsDefaultPort ? request.RequestUri.Host : request.RequestUri.Authority,
        };
        foreach (var (name, values) in request.Headers)
        {
            headers[name.ToLowerInvariant()] = string.Join(',', values);
        }

        var names = string.Join(';', headers.Keys);
        var canonical = new StringBuilder("POST\n/\n\n");
        foreach (var (name, value) in headers)
        {
            canonical.Append(name).Append(':').Append(value.Trim()).Append('\n');
        }

        canonical.Append('\n').Append(names).Append('\n').Append(bodyHash);
        var scope = $"{date[..8]}/{region}/{service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Utf8(canonical.ToString())))}";
        var signingKey = SigningKeys.Derive(key.Secret, date.AsSpan(0, 8), region, service);
        var signature = Hex(HMACSHA256.HashData(signingKey, Utf8(toSign)));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "AWS4-HMAC-SHA256", $"Credential={key.Id}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
