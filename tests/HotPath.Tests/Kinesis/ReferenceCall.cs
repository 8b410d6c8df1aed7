using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HotPath.Tests.Kinesis;

/// <summary>
/// A request as text, with a Signature Version 4 written from its description: it shares no line with the verifier.
/// Headers stand as sent; what of them is signed is named by <see cref="SignedNames"/>.
/// </summary>
internal sealed class ReferenceCall
{
    public string Method { get; set; } = "POST";

    public string Path { get; set; } = "/";

    /// <summary>Encoded, without the question mark; empty = none.</summary>
    public string Query { get; set; } = "";

    public byte[] Body { get; set; } = [];

    public List<(string Name, string Value)> Headers { get; set; } = [];

    public List<string> SignedNames { get; set; } = [];

    public string KeyId { get; set; } = "";

    public string Algorithm { get; set; } = "AWS4-HMAC-SHA256";

    /// <summary>date/region/service/terminator.</summary>
    public string[] Scope { get; set; } = [];

    public string Signature { get; set; } = "";

    /// <summary>Takes the place of the Authorization header that the parts above make.</summary>
    public Func<string, string[]>? Authorizations { get; set; }

    public int HeaderAt(string name) =>
        Headers.FindIndex(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Where the value of a signed name stands among the headers.</summary>
    public int SignedAt(string name) => HeaderAt(name == ":authority" ? "host" : name);

    public void Sign(string secret, string amzDate)
    {
        var canonical = new StringBuilder();
        canonical.Append(Method).Append('\n').Append(Path.Replace("%", "%25", StringComparison.Ordinal)).Append('\n');
        canonical.AppendJoin('&', SortedParameters(Query)).Append('\n');
        foreach (var name in SignedNames)
        {
            canonical.Append(name).Append(':').Append(Headers[SignedAt(name)].Value).Append('\n');
        }

        canonical.Append('\n').AppendJoin(';', SignedNames).Append('\n').Append(Hex(SHA256.HashData(Body)));
        var key = Utf8("AWS4" + secret);
        foreach (var part in Scope)
        {
            key = HMACSHA256.HashData(key, Utf8(part));
        }

        var toSign = string.Join(
            '\n', Algorithm, amzDate, string.Join('/', Scope), Hex(SHA256.HashData(Utf8(canonical.ToString()))));
        Signature = Hex(HMACSHA256.HashData(key, Utf8(toSign)));
    }

    public HttpRequest ToRequest()
    {
        var http = new DefaultHttpContext();
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = Query.Length == 0 ? Path : $"{Path}?{Query}";
        http.Request.Method = Method;
        http.Request.QueryString = new QueryString(Query.Length == 0 ? null : "?" + Query);
        foreach (var (name, value) in Headers)
        {
            http.Request.Headers.Append(name, value);
        }

        var authorization = $"{Algorithm} Credential={KeyId}/{string.Join('/', Scope)}, " +
            $"SignedHeaders={string.Join(';', SignedNames)}, Signature={Signature}";
        foreach (var sent in Authorizations?.Invoke(authorization) ?? [authorization])
        {
            http.Request.Headers.Append("Authorization", sent);
        }

        return http.Request;
    }

    // By name, and by value where names are the same: not by the text of the pair, in which '=' takes part.
    private static IEnumerable<string> SortedParameters(string query) => query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: pair[0], Value: pair.Length > 1 ? pair[1] : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal)
        .ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}");

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
